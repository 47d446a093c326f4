/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds a vGPU open as a virtual machine does: container, group, device. Says "holding" when it does, then
 * sleeps until it is killed.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int open_group(const char *uuid)
{
	char link[128], target[256], node[300];
	ssize_t n;
	int fd;

	snprintf(link, sizeof(link), "/sys/bus/mdev/devices/%s/iommu_group", uuid);
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		err(1, "%s", link);
	target[n] = 0;
	snprintf(node, sizeof(node), "/dev/vfio/%s", strrchr(target, '/') + 1);
	fd = open(node, O_RDWR);
	if (fd < 0)
		err(1, "%s", node);
	return fd;
}

/* GVT-g opens a vGPU only for a process with a virtual machine that knows of the group. The stand-in does not ask */
static void join_machine(int group)
{
	struct kvm_create_device vfio = { .type = KVM_DEV_TYPE_VFIO };
	struct kvm_device_attr add = {
		.group = KVM_DEV_VFIO_GROUP,
		.attr = KVM_DEV_VFIO_GROUP_ADD,
		.addr = (uintptr_t)&group,
	};
	int kvm = open("/dev/kvm", O_RDWR), machine;

	if (kvm < 0) {
		warn("/dev/kvm");
		return;
	}
	machine = ioctl(kvm, KVM_CREATE_VM, 0);
	if (machine < 0 || ioctl(machine, KVM_CREATE_DEVICE, &vfio) < 0 || ioctl(vfio.fd, KVM_SET_DEVICE_ATTR, &add) < 0)
		err(1, "a virtual machine");
}

int main(int argc, char **argv)
{
	int container, group;

	if (argc != 2)
		errx(64, "usage: gvtd-test-holder UUID");
	container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		err(1, "/dev/vfio/vfio");
	group = open_group(argv[1]);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0)
		err(1, "VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU) < 0)
		err(1, "VFIO_SET_IOMMU");
	join_machine(group);
	if (ioctl(group, VFIO_GROUP_GET_DEVICE_FD, argv[1]) < 0)
		err(1, "VFIO_GROUP_GET_DEVICE_FD");
	puts("holding");
	fflush(stdout);
	for (;;)
		pause();
}
