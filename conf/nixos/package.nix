# SPDX-License-Identifier: GPL-2.0-or-later
# gvtd from this tree: pkgs.callPackage ./conf/nixos/package.nix { }
{ lib, stdenv, meson, ninja, pkg-config, scdoc, systemd, kmod, inih, libuuid }:

stdenv.mkDerivation {
  pname = "gvtd";
  version = builtins.head (builtins.match ".*[^_]version: '([0-9.]+)'.*" (builtins.readFile ../../meson.build));
  src = lib.cleanSource ../..;

  nativeBuildInputs = [ meson ninja pkg-config scdoc ];
  buildInputs = [ systemd kmod inih libuuid ];

  # systemd's own folders are not this package's to write to
  PKG_CONFIG_SYSTEMD_SYSTEMDSYSTEMUNITDIR = "${placeholder "out"}/lib/systemd/system";
  PKG_CONFIG_SYSTEMD_CATALOGDIR = "${placeholder "out"}/lib/systemd/catalog";
  PKG_CONFIG_UDEV_UDEVDIR = "${placeholder "out"}/lib/udev";
  mesonFlags = [ "--sysconfdir=${placeholder "out"}/etc" ];

  meta = {
    description = "Declared virtual GPUs on Intel graphics (GVT-g)";
    license = lib.licenses.gpl2Plus;
    platforms = [ "x86_64-linux" ];
    mainProgram = "gvtd";
  };
}
