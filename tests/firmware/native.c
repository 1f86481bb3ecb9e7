/* native.c: what the core's functions look like from Python (native.py). Also a port, which nothing here uses. */
#include "blake2s.h"
#include "cobs.h"
#include "codec.h"
#include "context.h"
#include "crc32.h"
#include "frame.h"
#include "log.h"
#include "persona_model.h"
#include "port.h"

#include <string.h>

void native_blake2s(uint8_t *digest, uint32_t digest_size, const uint8_t *key, uint32_t key_size, const uint8_t *bytes,
                    uint32_t size, uint32_t piece)
{
    persona_blake2s hash;
    persona_blake2s_init(&hash, digest_size, key, key_size);
    while (size > 0) {
        const uint32_t now = size < piece ? size : piece;
        persona_blake2s_update(&hash, bytes, now);
        bytes += now;
        size -= now;
    }
    persona_blake2s_final(&hash, digest);
}

/* Decodes `size` bytes; returns the number of decoded bytes, or -1 if the body is not whole. */
int32_t native_cobs_decode(uint8_t *to, const uint8_t *body, uint32_t size)
{
    persona_cobs_decoder decoder = PERSONA_COBS_START;
    int32_t count = 0;
    for (uint32_t i = 0; i < size; i++) {
        const int decoded = persona_cobs_decode(&decoder, body[i]);
        if (decoded != PERSONA_COBS_NOTHING) {
            to[count++] = (uint8_t)decoded;
        }
    }
    return persona_cobs_whole(&decoder) ? count : -1;
}

/* Encodes in place, as the sender does: `buffer` holds the plain bytes at the least offset that is allowed. */
uint32_t native_cobs_encode(uint8_t *buffer, uint32_t size)
{
    return persona_cobs_encode(buffer, buffer + PERSONA_COBS_OVERHEAD(size), size);
}

uint32_t native_cobs_overhead(uint32_t size)
{
    return PERSONA_COBS_OVERHEAD(size);
}

uint32_t native_model_bytes(void)
{
    return sizeof(persona_model);
}

/* What a codec sees of a model. */
void native_model(persona_model *model, const persona_tensor *tensors, uint32_t count, const persona_latent *latent,
                  uint32_t code_bytes)
{
    memset(model, 0, sizeof *model);
    model->tensors = tensors;
    model->tensors_count = (uint16_t)count;
    model->adaptive_floats = tensors[count - 1].offset + tensors[count - 1].count;
    model->latent = latent;
    model->code_bytes = (uint16_t)code_bytes;
}

uint32_t native_codecs(const persona_model *model)
{
    return persona_codecs(model);
}

/* Code, expected and received of decoding `bank`, whose first `bytes` are the payload; nothing is decoded where the
 * codec cannot have this length. */
void native_decode(uint32_t verdict[3], uint8_t codec, float *bank, uint32_t bytes, const float *prototype,
                   const persona_model *model)
{
    persona_refusal refusal = persona_codec_length(codec, bytes, model);
    if (refusal.code == PERSONA_OK) {
        refusal = persona_codec_decode(codec, bank, bytes, prototype, model);
    }
    verdict[0] = refusal.code;
    verdict[1] = refusal.expected;
    verdict[2] = refusal.received;
}

uint32_t native_log(uint8_t *frame, const char *text)
{
    return persona_log_seal(frame, text);
}

uint32_t native_log_bytes(void)
{
    return PERSONA_LOG_BYTES;
}

int persona_port_read(void)
{
    return -1;
}

void persona_port_wait(void)
{
}

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    (void)bytes;
    (void)size;
}

uint64_t persona_port_ticks(void)
{
    return 0;
}

uint32_t persona_port_ticks_per_second(void)
{
    return 1;
}

const char *persona_port_name(void)
{
    return "native";
}

const persona_flash *persona_port_flash(void)
{
    return NULL;
}

void persona_port_watchdog(uint32_t seconds)
{
    (void)seconds;
}

void persona_port_panic(const char *why)
{
    (void)why;
}
