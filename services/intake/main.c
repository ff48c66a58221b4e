/* intake - the service request, from registration to archive. See README.md. */
#include "intake/shell/intake_service.h"

int main(int argc, char **argv) {
    return engine_main(&intake_ops, argc, argv);
}
