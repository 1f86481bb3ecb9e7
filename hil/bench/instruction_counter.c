/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * instruction_counter.c: a plugin for QEMU that counts how often each instruction in a range of addresses is executed,
 * and writes all counts down whenever the program comes to a mark. Unlike the rest of this project it is licensed under
 * the GNU General Public License, version 2 or later, as QEMU is; it is a file of its own and nothing else is linked
 * with it.
 *
 *     -plugin instruction_counter.so,start=0x10,size=0x4000,mark=0x84,mark=0x10,out=FILE
 *
 * `start`, `size`: the range. `mark`: addresses of instructions; before one is executed, a record is appended to `out`
 * and counting starts anew. A record is the mark's number (0: the first option) and one count for each two bytes of the
 * range, all of them 64 bits in the host's byte order. What is declared below is QEMU's plugin interface, version 1, as
 * its manual documents it ("QEMU TCG Plugins").
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARKS_MOST 8u
#define INSTRUCTION_BYTES 2u /* Thumb: every instruction begins at a multiple of it */

typedef uint64_t qemu_plugin_id_t;
typedef void (*tb_callback)(qemu_plugin_id_t id, void *block);
typedef void (*execution_callback)(unsigned int cpu, void *user);

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_callback callback);
extern size_t qemu_plugin_tb_n_insns(const void *block);
extern void *qemu_plugin_tb_get_insn(const void *block, size_t index);
extern uint64_t qemu_plugin_insn_vaddr(const void *instruction);
extern void qemu_plugin_register_vcpu_insn_exec_cb(void *instruction, execution_callback callback, int registers,
                                                   void *user);
extern void qemu_plugin_register_vcpu_insn_exec_inline(void *instruction, int operation, void *place, uint64_t operand);

enum { NO_REGISTERS = 0 };
enum { ADD_U64 = 0 };

int qemu_plugin_version = 1;
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

static uint64_t start;
static uint64_t size;
static uint64_t marks[MARKS_MOST];
static size_t marks_count;
static int out = -1;
static uint64_t *record; /* the mark's number, then the counts */

static size_t record_words(void)
{
    return 1u + (size + INSTRUCTION_BYTES - 1u) / INSTRUCTION_BYTES;
}

static void write_record(void)
{
    const uint8_t *from = (const uint8_t *)record;
    for (size_t left = record_words() * sizeof *record; left > 0;) {
        const ssize_t written = write(out, from, left);
        if (written <= 0) {
            perror("instruction_counter: cannot write");
            exit(EXIT_FAILURE);
        }
        from += written;
        left -= (size_t)written;
    }
}

static void came_to_mark(unsigned int cpu, void *mark)
{
    (void)cpu;
    record[0] = (uint64_t)((const uint64_t *)mark - marks);
    write_record();
    memset(record, 0, record_words() * sizeof *record);
}

static void translated(qemu_plugin_id_t id, void *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        void *const instruction = qemu_plugin_tb_get_insn(block, i);
        const uint64_t address = qemu_plugin_insn_vaddr(instruction);
        for (size_t mark = 0; mark < marks_count; mark++) {
            if (address == marks[mark]) {
                qemu_plugin_register_vcpu_insn_exec_cb(instruction, came_to_mark, NO_REGISTERS, &marks[mark]);
            }
        }
        if (address - start < size) {
            uint64_t *const count = record + 1u + (address - start) / INSTRUCTION_BYTES;
            qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, count, 1);
        }
    }
}

static bool read_option(const char *option)
{
    const char *const equals = strchr(option, '=');
    const char *const value = equals == NULL ? "" : equals + 1;
    if (strncmp(option, "start=", 6) == 0) {
        start = strtoull(value, NULL, 0);
    } else if (strncmp(option, "size=", 5) == 0) {
        size = strtoull(value, NULL, 0);
    } else if (strncmp(option, "mark=", 5) == 0 && marks_count < MARKS_MOST) {
        marks[marks_count++] = strtoull(value, NULL, 0);
    } else if (strncmp(option, "out=", 4) == 0) {
        out = open(value, O_WRONLY | O_CREAT | O_APPEND, 0600);
        return out >= 0;
    } else {
        return false;
    }
    return true;
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!read_option(argv[i])) {
            fprintf(stderr, "instruction_counter: what is '%s'?\n", argv[i]);
            return -1;
        }
    }
    record = calloc(record_words(), sizeof *record);
    if (record == NULL || out < 0) {
        fprintf(stderr, "instruction_counter: no memory, or no file to write to\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
