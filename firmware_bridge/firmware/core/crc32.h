/* crc32.h: CRC-32 of IEEE 802.3, the one that zlib and Ethernet use.
 *
 *     uint32_t crc = persona_crc32(0, bytes, size);
 *
 * Polynomial 0xEDB88320 reflected, start and final XOR 0xFFFFFFFF. Pass a former result as `crc` to continue over
 * further bytes. The table has 16 entries (64 bytes of flash): two steps a byte.
 */
#ifndef PERSONA_CRC32_H
#define PERSONA_CRC32_H

#include <stdint.h>

#define PERSONA_CRC32_BYTES 4

uint32_t persona_crc32(uint32_t crc, const uint8_t *bytes, uint32_t size);

#endif
