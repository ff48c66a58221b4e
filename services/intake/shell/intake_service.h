/* intake_service.h - the service as the engine sees it: one table
 *
 * Use       engine_main(&intake_ops, argc, argv). Threads see engine.h. */
#ifndef INTAKE_SHELL_INTAKE_SERVICE_H
#define INTAKE_SHELL_INTAKE_SERVICE_H

#include "common/relay/engine.h"

extern const struct service_ops intake_ops;

#endif
