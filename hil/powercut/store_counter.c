/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * store_counter.c: a plugin for QEMU that counts stores into a range of addresses and, at one of them, ends QEMU as a
 * power cut ends a device. Unlike the rest of this project it is licensed under the GNU General Public License, version
 * 2 or later, as QEMU is; it is a file of its own and nothing else is linked with it.
 *
 *     -plugin store_counter.so,start=0x21000000,size=0x40000,cut=17,count=FILE
 *
 * `cut`: QEMU ends with exit code 75 right after that store (1: the first); 0: never. `count`: a file of 8 bytes that
 * holds the number of stores so far. What is declared below is QEMU's plugin interface, version 1, as its manual
 * documents it ("QEMU TCG Plugins").
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXIT_CUT 75

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
typedef void (*tb_callback)(qemu_plugin_id_t id, void *block);
typedef void (*memory_callback)(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *user);

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_callback callback);
extern size_t qemu_plugin_tb_n_insns(const void *block);
extern void *qemu_plugin_tb_get_insn(const void *block, size_t index);
extern bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info);
extern void qemu_plugin_register_vcpu_mem_cb(void *instruction, memory_callback callback, int registers, int accesses,
                                             void *user);

enum { NO_REGISTERS = 0, STORES = 2 };

int qemu_plugin_version = 1;
int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv);

static uint64_t start;
static uint64_t size;
static uint64_t cut;
static uint64_t uncounted;
static volatile uint64_t *count = &uncounted;

static void stored(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t address, void *user)
{
    (void)cpu;
    (void)user;
    if (qemu_plugin_mem_is_store(info) && address - start < size && ++*count == cut) {
        _exit(EXIT_CUT);
    }
}

static void translated(qemu_plugin_id_t id, void *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        qemu_plugin_register_vcpu_mem_cb(qemu_plugin_tb_get_insn(block, i), stored, NO_REGISTERS, STORES, NULL);
    }
}

static int open_count(const char *path)
{
    const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, sizeof *count) < 0) {
        return -1;
    }
    void *const shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)close(file);
    if (shared == MAP_FAILED) {
        return -1;
    }
    count = shared;
    return 0;
}

static int read_option(const char *option)
{
    const char *const equals = strchr(option, '=');
    const char *const value = equals == NULL ? "" : equals + 1;
    if (strncmp(option, "start=", 6) == 0) {
        start = strtoull(value, NULL, 0);
    } else if (strncmp(option, "size=", 5) == 0) {
        size = strtoull(value, NULL, 0);
    } else if (strncmp(option, "cut=", 4) == 0) {
        cut = strtoull(value, NULL, 0);
    } else if (strncmp(option, "count=", 6) == 0) {
        return open_count(value);
    } else {
        return -1;
    }
    return 0;
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (read_option(argv[i]) < 0) {
            fprintf(stderr, "store_counter: what is '%s'?\n", argv[i]);
            return -1;
        }
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
