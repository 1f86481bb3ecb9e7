#define _POSIX_C_SOURCE 200809L

#include "file_flash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 4096u
#define SECTORS 256u
#define WORD 8u

static int file = -1;

static bool read_all(uint32_t offset, void *to, uint32_t size)
{
    return pread(file, to, size, (off_t)offset) == (ssize_t)size;
}

static bool write_all(uint32_t offset, const void *from, uint32_t size)
{
    return pwrite(file, from, size, (off_t)offset) == (ssize_t)size;
}

static bool flash_read(const persona_flash *flash, uint32_t offset, void *to, uint32_t size)
{
    (void)flash;
    return read_all(offset, to, size);
}

static bool flash_erase(const persona_flash *flash, uint32_t sector)
{
    uint8_t erased[SECTOR];
    (void)flash;
    memset(erased, PERSONA_FLASH_ERASED, sizeof erased);
    return write_all(sector * SECTOR, erased, SECTOR);
}

/* Bits go from 1 to 0 only, as in flash. */
static bool flash_program(const persona_flash *flash, uint32_t offset, const void *from, uint32_t size)
{
    (void)flash;
    for (uint32_t done = 0; done < size; done += WORD) {
        uint8_t word[WORD];
        if (!read_all(offset + done, word, WORD)) {
            return false;
        }
        for (uint32_t i = 0; i < WORD; i++) {
            word[i] = (uint8_t)(word[i] & ((const uint8_t *)from)[done + i]);
        }
        if (!write_all(offset + done, word, WORD)) {
            return false;
        }
    }
    return true;
}

static bool flash_sync(const persona_flash *flash)
{
    (void)flash;
    return fsync(file) == 0;
}

static const persona_flash file_flash = {
    .sector_bytes = SECTOR,
    .word_bytes = WORD,
    .sectors = SECTORS,
    .read = flash_read,
    .erase = flash_erase,
    .program = flash_program,
    .sync = flash_sync,
};

static bool erase_all(void)
{
    bool done = true;
    for (uint32_t sector = 0; done && sector < SECTORS; sector++) {
        done = flash_erase(&file_flash, sector);
    }
    return done && flash_sync(&file_flash);
}

const persona_flash *persona_file_flash(const char *path)
{
    struct stat found;
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || fstat(file, &found) < 0) {
        return NULL;
    }
    if (found.st_size == 0) {
        return erase_all() ? &file_flash : NULL;
    }
    if (found.st_size != (off_t)SECTOR * SECTORS) {
        errno = EINVAL;
        return NULL;
    }
    return &file_flash;
}
