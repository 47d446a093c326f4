/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Keeps a GPU from sleeping. As it is loaded, kvmgt takes its picture of the registers, which every
 * vGPU begins with, and wakes nothing up for it (intel_gvt_init_device() in gvt/, init_vgpu_mmio):
 * a GPU without a display of its own sleeps by then, and the picture is garbage. Runtime power
 * management is asked by way of power/control (control_store() in drivers/base/power/sysfs.c), whose
 * `on` returns when the device is awake. May block: for the worker only. Silent. */

struct pci_address;

/* Where it is `auto`, and says so in /run/gvtd before. 0 or -errno, -EBUSY while another one is still
 * kept awake; a GPU that cannot be is no reason to stop. */
int power_hold(int gpu, const struct pci_address *address, int notes);
/* Puts back what power_hold() found of this one, whichever process did so. A GPU that is gone (gpu < 0)
 * is fine. */
int power_release(int gpu, const struct pci_address *address, int notes);
