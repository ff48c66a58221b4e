/* gateway - JSON over HTTP and WebSocket outside, protobuf over NATS inside. See README.md. */
#include "common/daemon/daemon.h"
#include "gateway/shell/gateway.h"

int main(int argc, char **argv) {
    static struct gateway gateway;
    return daemon_run(&gateway_ops, &gateway, argc, argv);
}
