/* log.h - the records of the gateway beside those of every service; see gateway.log.def */
#ifndef GATEWAY_SHELL_LOG_H
#define GATEWAY_SHELL_LOG_H

#include "common/io/log.h"

#define EVENT LOG_DECLARE
#include "gateway/shell/gateway.log.def"
#undef EVENT

#endif
