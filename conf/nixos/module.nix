# SPDX-License-Identifier: GPL-2.0-or-later
# gvtd as a NixOS service. In configuration.nix:
#
#   imports = [ /path/to/gvtd/conf/nixos/module.nix ];
#   services.gvtd.enable = true;
#   services.gvtd.vgpus."i915-GVTg_V5_8".uuid = [ "a297db4a-f4c2-11e6-90f6-d3b88d6c9525" ];
#
# What stood under virtualisation.kvmgt may stand under services.gvtd as it is. Where the GPU cannot carry
# all that is declared, the types that come first by their names win, and the first UUIDs of each.
{ config, lib, pkgs, ... }:

let
  cfg = config.services.gvtd;
  yesNo = value: if value then "yes" else "no";
  hex = count: "[0-9a-fA-F]{${toString count}}";
  uuid = lib.types.strMatching "${hex 8}-${hex 4}-${hex 4}-${hex 4}-${hex 12}";

  section = type: vgpus: ''

    [${type}]
    uuid =${lib.concatMapStrings (each: "\n    ${each}") vgpus.uuid}
  '' + lib.optionalString (vgpus.count != null) ''
    count = ${toString vgpus.count}
  '';

  ini = ''
    # Made from services.gvtd of this machine's NixOS configuration.
    [gvtd]
    device = ${cfg.device}
    group =${lib.optionalString (cfg.group != "") " ${cfg.group}"}
    wait = ${cfg.wait}
    recreate = ${yesNo cfg.recreate}
    remove_on_stop = ${yesNo cfg.removeOnStop}
  '' + lib.optionalString (cfg.enableGuc != null) ''
    enable_guc = ${toString cfg.enableGuc}
  '' + lib.concatStrings (lib.mapAttrsToList section cfg.vgpus);

  vgpuOptions = {
    uuid = lib.mkOption {
      type = lib.types.listOf uuid;
      default = [ ];
      description = "UUIDs of the vGPUs of this type, as made by uuidgen.";
    };
    count = lib.mkOption {
      type = lib.types.nullOr (lib.types.ints.between 1 1000);
      default = null;
      description = "Instead of, or besides, uuid: so many vGPUs with UUIDs that stay the same on this machine.";
    };
  };
in
{
  options.services.gvtd = {
    enable = lib.mkEnableOption "gvtd, which provides the declared GVT-g virtual GPUs";
    package = lib.mkOption {
      type = lib.types.package;
      default = pkgs.callPackage ./package.nix { };
      description = "The gvtd to use.";
    };
    vgpus = lib.mkOption {
      type = lib.types.attrsOf (lib.types.submodule { options = vgpuOptions; });
      default = { };
      example = { "i915-GVTg_V5_8".uuid = [ "a297db4a-f4c2-11e6-90f6-d3b88d6c9525" ]; };
      description = "The vGPUs by type; `gvtd types` lists the types that the GPU offers.";
    };
    device = lib.mkOption {
      type = lib.types.strMatching "auto|${hex 4}:${hex 2}:${hex 2}\\.[0-7]";
      default = "auto";
      example = "0000:00:02.0";
      description = "PCI address of the GPU; auto: the Intel display device that offers GVT-g.";
    };
    group = lib.mkOption {
      type = lib.types.strMatching "[^[:space:]]*";
      default = "kvm";
      description = "Group that may open the declared vGPUs, besides root; empty: root only.";
    };
    wait = lib.mkOption {
      type = lib.types.strMatching "[0-9a-z. ]+";
      default = "90s";
      description = "The longest that start-up waits before it reports ready with what stands: a time span of systemd.time(7).";
    };
    recreate = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Create a declared vGPU again when something else removed it.";
    };
    removeOnStop = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Remove gvtd's own idle vGPUs when the service stops.";
    };
    enableGuc = lib.mkOption {
      type = lib.types.nullOr (lib.types.enum [ 0 2 ]);
      default = null;
      description = "i915's enable_guc. Not set, i915's own default stays, which is right almost always.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [{
      assertion = !config.virtualisation.kvmgt.enable;
      message = "services.gvtd and virtualisation.kvmgt would both make the vGPUs: rename virtualisation.kvmgt to services.gvtd.";
    }];

    # The initramfs of NixOS takes nothing from the modprobe.d that gvtd writes.
    boot.kernelParams = [ "i915.enable_gvt=1" ]
      ++ lib.optional (cfg.enableGuc != null) "i915.enable_guc=${toString cfg.enableGuc}";

    environment.etc."gvtd.ini".text = ini;
    # The program, its manual pages and completion. Its catalog is in lib/systemd/catalog, where the
    # journalctl of NixOS does not look: journalctl -x says no more than journalctl.
    environment.systemPackages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.services.gvtd = {
      wantedBy = [ "multi-user.target" ];
      reloadTriggers = [ config.environment.etc."gvtd.ini".source ];
    };
  };
}
