# SPDX-License-Identifier: Apache-2.0
# Bakes resetpwd-agent into a copy of a disk image, with Packer's QEMU builder:
#
#   packer build -var image=debian-12.qcow2 -var ssh_password=... \
#       -var package=dist/resetpwd-agent_0.1.0-1_amd64.deb packaging/images/packer/resetpwd-agent.pkr.hcl
#
# The image must let root in over SSH. The new one is output/resetpwd-agent.qcow2. Without KVM: -var accelerator=tcg
# There is no new one when a reset would not work in it: `resetpwd-agent check` says why, and what would mend it.
#
# How far tried: Packer 1.6.6 bakes a Debian 12, which is then booted and reset (tests/images). Packer 1.7 and newer,
# not tried, wants its plugin for QEMU first (packer plugins install).

variable "image" {
  type        = string
  description = "The disk image to start from; it stays as it is."
}

variable "package" {
  type        = string
  description = "The .deb of resetpwd-agent."
}

variable "ssh_password" {
  type      = string
  sensitive = true
}

variable "output" {
  type        = string
  default     = "output"
  description = "A folder that is made."
}

variable "accelerator" {
  type    = string
  default = "kvm"
}

variable "qemuargs" {
  type        = list(list(string))
  default     = []
  description = "More options for QEMU, as -kernel for an image without a boot loader."
}

source "qemu" "image" {
  iso_url          = var.image
  iso_checksum     = "none"
  disk_image       = true
  skip_resize_disk = true
  output_directory = var.output
  vm_name          = "resetpwd-agent.qcow2"
  accelerator      = var.accelerator
  memory           = 512
  headless         = true
  boot_wait        = "-1s"
  qemuargs         = var.qemuargs
  ssh_username     = "root"
  ssh_password     = var.ssh_password
  ssh_timeout      = "10m"
  shutdown_command = "poweroff"
}

build {
  sources = ["source.qemu.image"]

  provisioner "file" {
    source      = var.package
    destination = "/var/tmp/resetpwd-agent.deb"
  }

  provisioner "shell" {
    environment_vars = ["DEBIAN_FRONTEND=noninteractive"]
    inline = [
      "apt-get -q -o DPkg::Lock::Timeout=300 update",
      "apt-get -q -o DPkg::Lock::Timeout=300 install -y /var/tmp/resetpwd-agent.deb",
      "rm /var/tmp/resetpwd-agent.deb",
      "resetpwd-agent clean",
      "resetpwd-agent selftest",
      "resetpwd-agent check --root /",
    ]
  }
}
