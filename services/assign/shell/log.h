/* log.h - the records of assign beside those of every service; see assign.log.def */
#ifndef ASSIGN_SHELL_LOG_H
#define ASSIGN_SHELL_LOG_H

#include "common/io/log.h"

#define EVENT LOG_DECLARE
#include "assign/shell/assign.log.def"
#undef EVENT

#endif
