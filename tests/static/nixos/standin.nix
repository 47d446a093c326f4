# SPDX-License-Identifier: GPL-2.0-or-later
# As much of NixOS as conf/nixos uses: options with their types and defaults, and which settings of the system
# there are. What a setting then does in a real NixOS it cannot show, nor whether the package builds there.
{ settings }:

let
  inherit (builtins) all attrNames concatStringsSep elem head isAttrs isBool isInt isList isString length map mapAttrs match;

  # A type takes the path and the value, and gives the value or throws
  type = name: test: path: value:
    if test value then value else throw "${path}: ${builtins.toJSON value} is not ${name}";

  types = {
    bool = type "true or false" isBool;
    str = type "text" isString;
    strMatching = pattern: type "of the form ${pattern}" (value: isString value && match pattern value != null);
    enum = values: type "one of ${builtins.toJSON values}" (value: elem value values);
    ints.between = low: high: type "from ${toString low} to ${toString high}" (value: isInt value && value >= low && value <= high);
    package = type "a package" (value: isAttrs value && value ? pname);
    nullOr = inner: path: value: if value == null then null else inner path value;
    listOf = inner: path: value: if isList value then map (inner path) value else throw "${path}: no list";
    attrsOf = inner: path: value:
      if isAttrs value then mapAttrs (name: inner "${path}.${name}") value else throw "${path}: no set";
    submodule = { options }: path: evaluate path options;
  };

  # evaluate PATH OPTIONS SETTINGS: every option with its value, and no setting without an option
  evaluate = path: options: values:
    let unknown = builtins.filter (name: ! options ? ${name}) (attrNames values);
    in if unknown != [ ] then throw "${path}: no option ${head unknown}"
    else mapAttrs (name: option: option.type "${path}.${name}" (values.${name} or option.default)) options;

  lib = {
    inherit types;
    mkOption = option: option;
    mkEnableOption = description: { type = types.bool; default = false; inherit description; };
    mkIf = condition: value: if condition then value else { };
    optional = condition: value: if condition then [ value ] else [ ];
    optionalString = condition: text: if condition then text else "";
    concatStrings = concatStringsSep "";
    concatMapStrings = function: list: concatStringsSep "" (map function list);
    mapAttrsToList = function: set: map (name: function name set.${name}) (attrNames set);
    cleanSource = path: path;
    licenses.gpl2Plus.spdxId = "GPL-2.0-or-later";
  };

  named = name: { pname = name; };
  pkgs.callPackage = path: extra:
    let package = import path;
    in package (mapAttrs (name: _: named name) (builtins.functionArgs package) // {
      inherit lib;
      stdenv.mkDerivation = arguments: arguments;
    } // extra);

  module = import ../../../conf/nixos/module.nix {
    inherit lib pkgs;
    config = {
      services.gvtd = evaluate "services.gvtd" module.options.services.gvtd settings.services.gvtd;
      virtualisation.kvmgt.enable = settings.virtualisation.kvmgt.enable or false;
      environment.etc."gvtd.ini".source = "the ini";
    };
  };

  # What the module may set
  system = {
    assertions = [ ];
    boot.kernelParams = [ ];
    environment.etc = { };
    environment.systemPackages = [ ];
    services.udev.packages = [ ];
    systemd.packages = [ ];
    systemd.services = { };
  };
  known = path: may: has:
    all
      (name: (may ? ${name} || throw "${path}: NixOS has no ${name}")
        && (!isAttrs may.${name} || may.${name} == { } || known "${path}.${name}" may.${name} has.${name}))
      (attrNames has);
in
assert known "config" system module.config;
module.config
