/* nrf_nvmc.h: the nRF51's own flash as a persona_flash, through its controller (nRF51 Series Reference Manual v3.0,
 * chapter 6, "Non-volatile memory controller").
 *
 * A page is 1 KB, a word 4 bytes. The processor stands still while a page is erased (about 22 ms) or a word is written
 * (about 46 us): nRF51822 Product Specification v3.1, "Non-volatile memory controller specifications".
 */
#ifndef PERSONA_NRF_NVMC_H
#define PERSONA_NRF_NVMC_H

#include "flash.h"

#define PERSONA_NVMC_PAGE 1024u

/* `pages` pages from address `start` on, a multiple of the page's size; nothing outside them is ever written. */
persona_flash persona_nvmc_flash(uint32_t start, uint32_t pages);

#endif
