/* Of Zephyr, only what the example uses: a clock that the host moves. */
#ifndef HOST_ZEPHYR_KERNEL_H
#define HOST_ZEPHYR_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int64_t k_uptime_get(void);
int32_t k_msleep(int32_t ms);

#endif
