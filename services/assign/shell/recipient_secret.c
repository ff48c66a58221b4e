#include "assign/shell/recipient_secret.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "common/base/borrow.h"
#include "common/wire/alloc.h"

static struct recipient_bytes packed(struct pd_arena *arena, const ProtobufCMessage *message) {
    size_t length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = pd_alloc(arena, length);
    if (bytes != NULL) {
        protobuf_c_message_pack(message, bytes);
    }
    return (struct recipient_bytes){bytes, length};
}

static struct recipient_bytes sealed_message(struct pd_arena *arena, const uint8_t key[SEAL_KEY], const uint8_t id[16],
                                             const uint8_t nonce[SEAL_NONCE], const ProtobufCMessage *message) {
    struct recipient_bytes plain = packed(arena, message);
    uint8_t *sealed = pd_alloc(arena, plain.length + SEAL_OVERHEAD);
    if (plain.data == NULL || sealed == NULL) {
        return (struct recipient_bytes){NULL, 0};
    }
    seal_close(key, id, nonce, plain.data, plain.length, sealed);
    return (struct recipient_bytes){sealed, plain.length + SEAL_OVERHEAD};
}

/* The message in the box; NULL: it does not open (or, then the arena says so, memory is out). */
static ProtobufCMessage *opened_message(struct pd_arena *arena, const uint8_t key[SEAL_KEY], const uint8_t id[16],
                                        struct recipient_bytes sealed, const ProtobufCMessageDescriptor *descriptor) {
    if (sealed.data == NULL || sealed.length < SEAL_OVERHEAD) {
        return NULL;
    }
    uint8_t *plain = pd_alloc(arena, sealed.length);
    if (plain == NULL || !seal_open(key, id, sealed.data, sealed.length, plain)) {
        return NULL;
    }
    ProtobufCAllocator alloc = wire_alloc(arena);
    return protobuf_c_message_unpack(descriptor, &alloc, sealed.length - SEAL_OVERHEAD, plain);
}

static enum recipient_opened unwrap(const uint8_t kek[SEAL_KEY], const uint8_t id[16], struct recipient_bytes wrapped,
                                    uint8_t ret_key[SEAL_KEY]) {
    if (wrapped.data == NULL) {
        return RECIPIENT_ERASED;
    }
    return seal_unwrap(kek, id, wrapped.data, wrapped.length, ret_key) ? RECIPIENT_OPEN : RECIPIENT_BROKEN;
}

bool recipient_seal_new(struct pd_arena *arena, const uint8_t kek[SEAL_KEY], const uint8_t id[16],
                        const uint8_t random[RECIPIENT_NEW_RANDOM],
                        const Paidan__Assign__V1__RecipientPersonal *personal, struct recipient_secret *ret_secret,
                        uint8_t ret_digest[SEAL_DIGEST]) {
    const uint8_t *key = random, *wrap_nonce = key + SEAL_KEY, *seal_nonce = wrap_nonce + SEAL_NONCE,
                  *salt = seal_nonce + SEAL_NONCE;
    struct recipient_bytes bytes = packed(arena, &personal->base);
    uint8_t *wrapped = pd_alloc(arena, SEAL_WRAPPED);
    if (bytes.data == NULL || wrapped == NULL) {
        return false;
    }
    Paidan__Assign__V1__RecipientSealed message = PAIDAN__ASSIGN__V1__RECIPIENT_SEALED__INIT;
    message.personal = (ProtobufCBinaryData){bytes.length, pd_borrow(bytes.data)};
    message.salt = (ProtobufCBinaryData){SEAL_SALT, pd_borrow(salt)};
    struct recipient_bytes sealed = sealed_message(arena, key, id, seal_nonce, &message.base);
    if (sealed.data == NULL) {
        return false;
    }
    seal_digest(salt, bytes.data, bytes.length, ret_digest);
    seal_wrap(kek, id, wrap_nonce, key, wrapped);
    *ret_secret = (struct recipient_secret){.wrapped = {wrapped, SEAL_WRAPPED}, .sealed = sealed};
    return true;
}

enum recipient_opened recipient_open(struct pd_arena *arena, const uint8_t kek[SEAL_KEY], const uint8_t id[16],
                                     const struct recipient_secret *secret,
                                     Paidan__Assign__V1__RecipientPersonal **ret_personal) {
    uint8_t key[SEAL_KEY];
    enum recipient_opened status = unwrap(kek, id, secret->wrapped, key);
    if (status != RECIPIENT_OPEN) {
        return status;
    }
    Paidan__Assign__V1__RecipientSealed *sealed = (Paidan__Assign__V1__RecipientSealed *)(void *)opened_message(
        arena, key, id, secret->sealed, &paidan__assign__v1__recipient_sealed__descriptor);
    sodium_memzero(key, sizeof key);
    ProtobufCAllocator alloc = wire_alloc(arena);
    Paidan__Assign__V1__RecipientPersonal *personal =
        sealed == NULL
            ? NULL
            : paidan__assign__v1__recipient_personal__unpack(&alloc, sealed->personal.len, sealed->personal.data);
    if (personal == NULL) {
        return arena->full ? RECIPIENT_MEMORY : RECIPIENT_BROKEN;
    }
    *ret_personal = personal;
    return RECIPIENT_OPEN;
}

enum recipient_opened recipient_text_seal(struct pd_arena *arena, const uint8_t kek[SEAL_KEY], const uint8_t id[16],
                                          const struct recipient_secret *secret,
                                          const uint8_t random[RECIPIENT_TEXT_RANDOM], const char *text,
                                          struct recipient_bytes *ret_sealed, uint8_t ret_digest[SEAL_DIGEST]) {
    const uint8_t *nonce = random, *salt = random + SEAL_NONCE;
    uint8_t key[SEAL_KEY];
    enum recipient_opened status = unwrap(kek, id, secret->wrapped, key);
    if (status != RECIPIENT_OPEN) {
        return status;
    }
    Paidan__Assign__V1__RecipientText message = PAIDAN__ASSIGN__V1__RECIPIENT_TEXT__INIT;
    message.salt = (ProtobufCBinaryData){SEAL_SALT, pd_borrow(salt)};
    message.text = pd_borrow(text);
    *ret_sealed = sealed_message(arena, key, id, nonce, &message.base);
    sodium_memzero(key, sizeof key);
    seal_digest(salt, text, strlen(text), ret_digest);
    return ret_sealed->data == NULL ? RECIPIENT_MEMORY : RECIPIENT_OPEN;
}

enum recipient_opened recipient_text_open(struct pd_arena *arena, const uint8_t kek[SEAL_KEY], const uint8_t id[16],
                                          struct recipient_bytes wrapped, struct recipient_bytes sealed,
                                          const char **ret_text) {
    uint8_t key[SEAL_KEY];
    enum recipient_opened status = unwrap(kek, id, wrapped, key);
    if (status != RECIPIENT_OPEN) {
        return status;
    }
    Paidan__Assign__V1__RecipientText *message = (Paidan__Assign__V1__RecipientText *)(void *)opened_message(
        arena, key, id, sealed, &paidan__assign__v1__recipient_text__descriptor);
    sodium_memzero(key, sizeof key);
    if (message == NULL) {
        return arena->full ? RECIPIENT_MEMORY : RECIPIENT_BROKEN;
    }
    *ret_text = message->text;
    return RECIPIENT_OPEN;
}
