/* player.c: a device on its own, without any Python, plays the conversation of a vector file (wire-v2.txt).
 *
 *     player FILE           compares every reply with the file, byte by byte
 *     player --print FILE   prints the file again, with the replies that the device gave
 *
 * The lines are `request NAME: HEX`, `reply NAME: HEX` (all that the device sends to the request before it), `wait
 * NAME: HEX` (microseconds that pass, little-endian), and others, which are for other readers.
 */
#include "library.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MOST 8192
#define BYTES_MOST (LINE_MOST / 2)

typedef struct {
    bool print;
    unsigned compared;
    unsigned wrong;
    uint32_t sent_bytes;
    uint8_t sent[BYTES_MOST];
} player;

static void fail(const char *what, const char *where)
{
    (void)fprintf(stderr, "%s: %s\n", what, where);
    exit(2);
}

static void print_hex(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        (void)printf("%02x", bytes[i]);
    }
    (void)printf("\n");
}

static unsigned digit(char c, const char *line)
{
    static const char digits[] = "0123456789abcdef";
    const char *const found = c == '\0' ? NULL : strchr(digits, c);
    if (found == NULL) {
        fail("no hexadecimal digit", line);
    }
    return (unsigned)(found - digits);
}

static uint32_t parse_hex(uint8_t *to, const char *text, const char *line)
{
    uint32_t size = 0;
    for (; text[0] != '\0' && text[0] != '\n'; text += 2) {
        to[size++] = (uint8_t)(digit(text[0], line) << 4 | digit(text[1], line));
    }
    return size;
}

static void require_served(library_end end, const char *line)
{
    if (end != LIBRARY_SERVED) {
        fail("the device gave up", line);
    }
}

static void request(player *state, const uint8_t *bytes, uint32_t size, const char *line)
{
    require_served(library_feed(bytes, size), line);
    state->sent_bytes = library_sent_bytes();
    if (state->sent_bytes > sizeof state->sent) {
        fail("the device sent more than a line holds", line);
    }
    memcpy(state->sent, library_sent(), state->sent_bytes);
}

static void wait(const uint8_t *bytes, uint32_t size, const char *line)
{
    uint64_t microseconds = 0;
    for (uint32_t i = 0; i < size; i++) {
        microseconds |= (uint64_t)bytes[i] << (8 * i);
    }
    require_served(library_advance(microseconds), line);
}

static void reply(player *state, const uint8_t *bytes, uint32_t size, const char *line)
{
    if (state->print) {
        (void)printf("%.*s", (int)(strchr(line, ':') + 2 - line), line);
        print_hex(state->sent, state->sent_bytes);
        return;
    }
    state->compared++;
    if (size != state->sent_bytes || memcmp(bytes, state->sent, size) != 0) {
        state->wrong++;
        (void)printf("the file has %sthe device sent ", line);
        print_hex(state->sent, state->sent_bytes);
    }
}

static bool starts(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static void play(player *state, const char *line)
{
    static uint8_t bytes[BYTES_MOST];
    const char *const colon = strstr(line, ": ");
    const bool other = line[0] == '#' || colon == NULL;
    const uint32_t size = other ? 0 : parse_hex(bytes, colon + 2, line);
    if (starts(line, "reply ")) {
        reply(state, bytes, size, line);
        return;
    }
    if (state->print) {
        (void)fputs(line, stdout);
    }
    if (starts(line, "request ")) {
        request(state, bytes, size, line);
    } else if (starts(line, "wait ")) {
        wait(bytes, size, line);
    }
}

int main(int count, char **arguments)
{
    static player state;
    static char line[LINE_MOST];
    state.print = count == 3 && strcmp(arguments[1], "--print") == 0;
    if (count != 2 && !state.print) {
        fail("usage", "player [--print] FILE");
    }
    FILE *const file = fopen(arguments[count - 1], "r");
    if (file == NULL) {
        fail("cannot read", arguments[count - 1]);
    }
    library_flash(1024, 8, 64);
    require_served(library_boot(), "boot");
    while (fgets(line, sizeof line, file) != NULL) {
        play(&state, line);
    }
    (void)fclose(file);
    if (!state.print) {
        (void)printf("%u of %u replies are those of the file\n", state.compared - state.wrong, state.compared);
    }
    return state.wrong == 0 && (state.print || state.compared > 0) ? 0 : 1;
}
