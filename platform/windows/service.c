// SPDX-License-Identifier: Apache-2.0
#include "platform/host.h"

int host_main(int argc, char *argv[], host_program *program)
{
    return program(argc, argv);
}
