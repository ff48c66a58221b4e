#include "intake/shell/intake_personal.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/borrow.h"
#include "common/wire/alloc.h"
#include "paidan/intake/v1/sealed.pb-c.h"

/* The message's bytes in the arena, or NULL. */
static uint8_t *packed(struct pd_arena *arena, const ProtobufCMessage *message, size_t *ret_length) {
    *ret_length = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = pd_alloc(arena, *ret_length);
    if (bytes != NULL) {
        protobuf_c_message_pack(message, bytes);
    }
    return bytes;
}

static uint8_t *sealed_message(struct pd_arena *arena, const uint8_t *key, const uint8_t request_id[16],
                               const uint8_t *nonce, const ProtobufCMessage *message, size_t *ret_length) {
    size_t length;
    uint8_t *bytes = packed(arena, message, &length);
    uint8_t *sealed = pd_alloc(arena, length + SEAL_OVERHEAD);
    if (bytes == NULL || sealed == NULL) {
        return NULL;
    }
    seal_close(key, request_id, nonce, bytes, length, sealed);
    *ret_length = length + SEAL_OVERHEAD;
    return sealed;
}

static ProtobufCMessage *opened_message(struct pd_arena *arena, const uint8_t *key, const uint8_t request_id[16],
                                        const uint8_t *sealed, size_t length,
                                        const ProtobufCMessageDescriptor *descriptor) {
    if (length < SEAL_OVERHEAD) {
        return NULL;
    }
    uint8_t *bytes = pd_alloc(arena, length);
    if (bytes == NULL || !seal_open(key, request_id, sealed, length, bytes)) {
        return NULL;
    }
    ProtobufCAllocator alloc = wire_alloc(arena);
    return protobuf_c_message_unpack(descriptor, &alloc, length - SEAL_OVERHEAD, bytes);
}

bool intake_secret_new(struct intake_secret *secret, struct pd_arena *arena, const uint8_t kek[SEAL_KEY],
                       const uint8_t request_id[16], const uint8_t random[INTAKE_SECRET_RANDOM],
                       const struct intake_personal *texts) {
    Paidan__Intake__V1__Personal personal = PAIDAN__INTAKE__V1__PERSONAL__INIT;
    personal.name = pd_borrow(texts->name);
    personal.phone = pd_borrow(texts->phone);
    personal.address = pd_borrow(texts->address);
    personal.description = pd_borrow(texts->description);
    *secret = (struct intake_secret){.personal = *texts, .key_status = SECRET_OPEN, .status = SECRET_OPEN};
    secret->personal.bytes = packed(arena, &personal.base, &secret->personal.length);
    uint8_t *wrapped = pd_alloc(arena, SEAL_WRAPPED);
    secret->personal.salt = pd_memdup(arena, random + SEAL_KEY + SEAL_NONCE, SEAL_SALT);
    if (secret->personal.bytes == NULL || wrapped == NULL || secret->personal.salt == NULL) {
        return false;
    }
    memcpy(secret->key, random, SEAL_KEY);
    seal_wrap(kek, request_id, random + SEAL_KEY, secret->key, wrapped);
    secret->wrapped = wrapped;
    secret->wrapped_length = SEAL_WRAPPED;
    return true;
}

bool intake_secret_reseal(struct intake_secret *secret, struct pd_arena *arena, const uint8_t request_id[16],
                          const uint8_t nonce[SEAL_NONCE]) {
    assert(secret->key_status == SECRET_OPEN && secret->status == SECRET_OPEN);
    Paidan__Intake__V1__Sealed message = PAIDAN__INTAKE__V1__SEALED__INIT;
    message.personal = (ProtobufCBinaryData){secret->personal.length, pd_borrow(secret->personal.bytes)};
    message.salt = (ProtobufCBinaryData){SEAL_SALT, pd_borrow(secret->personal.salt)};
    message.answer = pd_borrow(secret->personal.answer);
    secret->sealed = sealed_message(arena, secret->key, request_id, nonce, &message.base, &secret->sealed_length);
    return secret->sealed != NULL;
}

enum secret_status intake_secret_unwrap(struct intake_secret *secret, const uint8_t kek[SEAL_KEY],
                                        const uint8_t request_id[16]) {
    if (secret->key_status == SECRET_CLOSED) {
        bool opens = secret->wrapped != NULL &&
                     seal_unwrap(kek, request_id, secret->wrapped, secret->wrapped_length, secret->key);
        secret->key_status = secret->wrapped == NULL ? SECRET_ERASED : opens ? SECRET_OPEN : SECRET_BROKEN;
    }
    return secret->key_status;
}

static enum secret_status open_personal(struct intake_secret *secret, struct pd_arena *arena,
                                        const uint8_t request_id[16]) {
    Paidan__Intake__V1__Sealed *sealed = (Paidan__Intake__V1__Sealed *)(void *)opened_message(
        arena, secret->key, request_id, secret->sealed, secret->sealed_length, &paidan__intake__v1__sealed__descriptor);
    if (sealed == NULL || sealed->salt.len != SEAL_SALT) {
        return arena->full ? SECRET_MEMORY : SECRET_BROKEN;
    }
    ProtobufCAllocator alloc = wire_alloc(arena);
    Paidan__Intake__V1__Personal *personal =
        paidan__intake__v1__personal__unpack(&alloc, sealed->personal.len, sealed->personal.data);
    if (personal == NULL) {
        return arena->full ? SECRET_MEMORY : SECRET_BROKEN;
    }
    secret->personal = (struct intake_personal){
        .name = personal->name,
        .phone = personal->phone,
        .address = personal->address,
        .description = personal->description,
        .answer = sealed->answer,
        .salt = sealed->salt.data,
        .bytes = sealed->personal.data,
        .length = sealed->personal.len,
    };
    return SECRET_OPEN;
}

enum secret_status intake_secret_open(struct intake_secret *secret, struct pd_arena *arena, const uint8_t kek[SEAL_KEY],
                                      const uint8_t request_id[16]) {
    if (secret->status == SECRET_CLOSED) {
        enum secret_status key_status = intake_secret_unwrap(secret, kek, request_id);
        secret->status = key_status != SECRET_OPEN ? key_status : open_personal(secret, arena, request_id);
    }
    return secret->status;
}

const uint8_t *intake_text_seal(struct pd_arena *arena, const uint8_t key[SEAL_KEY], const uint8_t request_id[16],
                                const uint8_t nonce[SEAL_NONCE], const uint8_t salt[SEAL_SALT], const char *text,
                                size_t *ret_length) {
    Paidan__Intake__V1__SealedText message = PAIDAN__INTAKE__V1__SEALED_TEXT__INIT;
    message.salt = (ProtobufCBinaryData){SEAL_SALT, pd_borrow(salt)};
    message.text = pd_borrow(text);
    return sealed_message(arena, key, request_id, nonce, &message.base, ret_length);
}

const char *intake_text_open(struct pd_arena *arena, const uint8_t key[SEAL_KEY], const uint8_t request_id[16],
                             const uint8_t *sealed, size_t length) {
    Paidan__Intake__V1__SealedText *message = (Paidan__Intake__V1__SealedText *)(void *)opened_message(
        arena, key, request_id, sealed, length, &paidan__intake__v1__sealed_text__descriptor);
    return message == NULL ? NULL : message->text;
}
