/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A plugin for qemu's user mode: how many instructions the guest executed between marks. A mark is the system call getpgid with
 * the number 0x7e000000; each prints "COUNT n", n since the mark before. It includes qemu-plugin.h, which has this licence: a
 * development tool, built where it is used and part of no package.
 */
#include <inttypes.h>
#include <stdio.h>

#include <qemu-plugin.h>

enum { AARCH64_GETPGID = 155, MARK = 0x7e000000 };

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static uint64_t executed;
static uint64_t at_last_mark;

static void on_block(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &executed, qemu_plugin_tb_n_insns(block));
}

static void on_call(qemu_plugin_id_t id, unsigned int cpu, int64_t number, uint64_t first, uint64_t second, uint64_t third,
                    uint64_t fourth, uint64_t fifth, uint64_t sixth, uint64_t seventh, uint64_t eighth) {
  char line[48];
  (void)id, (void)cpu, (void)second, (void)third, (void)fourth, (void)fifth, (void)sixth, (void)seventh, (void)eighth;
  if (number != AARCH64_GETPGID || first != MARK) {
    return;
  }
  snprintf(line, sizeof line, "COUNT %" PRIu64 "\n", executed - at_last_mark);
  qemu_plugin_outs(line);
  at_last_mark = executed;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
  (void)info, (void)argc, (void)argv;
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
  qemu_plugin_register_vcpu_syscall_cb(id, on_call);
  return 0;
}
