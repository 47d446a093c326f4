/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* MESSAGE_ID of each kind of journal entry, one per event that a person may have to act on. Each
 * has its entry in units/gvtd.catalog and its line in gvtd(8); a test holds the three together.
 * An id, once released, keeps its meaning. */

#define MESSAGE_VGPU_READY          "eb24b86288af4aea8e083228baf64e55"
#define MESSAGE_VGPU_REMOVED        "cee5aa5fd9a349988c71b751dfd27a2b"
#define MESSAGE_VGPU_FAILED         "b60fc0eec7f642e1bead1afa3576f912"
#define MESSAGE_VGPU_LOST           "b57871d51ec843a4b06d83ec10415081"
#define MESSAGE_VGPU_LEFT_GONE      "eb7a81b15ef0456295b127c3dcbafc45"
#define MESSAGE_VGPU_CONFLICT       "bfacfcc01574436f8741d040c63ead30"
#define MESSAGE_REMOVAL_DEFERRED    "20631fab7245426989647e866a29c012"
#define MESSAGE_ACCESS_LEFT         "a79607d26c0845bda2fca5c57781405c"
#define MESSAGE_CONFIG_FINDING      "902bd4d4208249e2b3ee0c35b65d56c3"
#define MESSAGE_RELOAD_REFUSED      "e9e158ff4cfd44a78cd321560ac4e041"
#define MESSAGE_GPU_UNUSABLE        "f2be37123e484750bc295473d6bd993c"
#define MESSAGE_GPU_AWAITED         "679f9174922342afa1fa428d60428e55"
#define MESSAGE_OPTION_DIFFERS      "bb00312b1dc8494fac239447c75ea156"
#define MESSAGE_CAPACITY_EXCEEDED   "7d365f0b454d4225910ee069ec30451b"
#define MESSAGE_WORKER_STUCK        "6aba6e33b4714bba9cd627b918c85b76"
#define MESSAGE_STATE_UNWRITABLE    "e7baa4d4d2c34f6497f10e684ae8302e"
