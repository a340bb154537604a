/* The open EDA profile, version 1 (../PROFILE.md): bytes <-> structs, for firmware and for whoever reads it.
 *
 * C99, no heap, no dependency beyond the freestanding headers, no state. Nothing here reads or writes outside of what it is
 * given; a packet that is not valid is refused, whatever its bytes are. Conductance is in 0.1 nS (10000 is 1 uS).
 */
#ifndef OPEN_EDA_H
#define OPEN_EDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OPEN_EDA_VERSION 1u

#define OPEN_EDA_SERVICE_UUID "8d040001-fd4e-456c-8057-30995786957b"
#define OPEN_EDA_DATA_UUID "8d040002-fd4e-456c-8057-30995786957b"
#define OPEN_EDA_INFO_UUID "8d040003-fd4e-456c-8057-30995786957b"
#define OPEN_EDA_CONTROL_UUID "8d040004-fd4e-456c-8057-30995786957b"
#define OPEN_EDA_COMBINED_UUID "8d040005-fd4e-456c-8057-30995786957b"

/* Length of a data notification with n samples, without an impedance (2 bytes more). */
#define OPEN_EDA_HEADER_LENGTH 10u
#define OPEN_EDA_IMPEDANCE_LENGTH 2u
#define OPEN_EDA_PACKET_LENGTH(n) (OPEN_EDA_HEADER_LENGTH + 3u * (size_t)(n))

/* Stands for "no valid sample here". */
#define OPEN_EDA_MISSING (-8388608)
#define OPEN_EDA_LARGEST 8388607

typedef enum {
    OPEN_EDA_CONTACT_UNKNOWN = 0,
    OPEN_EDA_CONTACT_LOST = 1,
    OPEN_EDA_CONTACT_PRESENT = 2
} open_eda_contact;

/* Everything of a data notification but its samples. */
typedef struct {
    uint16_t sequence;
    uint32_t first_sample_ms;
    uint16_t rate_tenth_hz; /* not 0 */
    open_eda_contact contact;
    bool saturated;
    bool clock_restarted;
    bool has_impedance;
    uint16_t impedance_100_ohm; /* with has_impedance; 65535 for all above */
} open_eda_header;

/* Write a notification; gives its length, or 0 if a value is not allowed, there is no sample, or `capacity` is too small. */
size_t open_eda_encode_packet(const open_eda_header *header, const int32_t *conductance_tenth_ns, size_t count,
                              uint8_t *out, size_t capacity);

/* Read a notification; gives its number of samples, or 0 if it is not valid. Sample i: open_eda_sample(data, i). */
size_t open_eda_decode_packet(const uint8_t *data, size_t length, open_eda_header *header);

/* Sample i of a notification that was decoded: 0.1 nS, or OPEN_EDA_MISSING. */
int32_t open_eda_sample(const uint8_t *data, size_t i);

/* The optional combined frame: skin conductance and ECG of one device. Samples are in 0.1 nS and 0.1 uV. */
#define OPEN_EDA_COMBINED_HEADER_LENGTH 13u
#define OPEN_EDA_COMBINED_LENGTH(eda, ecg) (OPEN_EDA_COMBINED_HEADER_LENGTH + 3u * ((size_t)(eda) + (size_t)(ecg)))

typedef struct {
    uint16_t sequence;
    uint32_t first_sample_ms; /* of both signals */
    uint16_t eda_rate_tenth_hz, ecg_rate_tenth_hz; /* not 0 */
    bool eda_contact, ecg_contact;
    bool saturated;
    bool clock_restarted;
    uint8_t eda_count; /* samples of skin conductance; may be 0 */
} open_eda_combined;

/* Write a combined frame; gives its length, or 0 as open_eda_encode_packet does. At least one sample of ECG is needed. */
size_t open_eda_encode_combined(const open_eda_combined *header, const int32_t *conductance_tenth_ns,
                                const int32_t *ecg_tenth_uv, size_t ecg_count, uint8_t *out, size_t capacity);

/* Read a combined frame; gives its number of ECG samples, or 0 if it is not valid. */
size_t open_eda_decode_combined(const uint8_t *data, size_t length, open_eda_combined *header);

/* Sample i of a combined frame that was decoded: the eda_count of skin conductance first, then the ECG. */
int32_t open_eda_combined_sample(const uint8_t *data, size_t i);

typedef enum { OPEN_EDA_EXCITATION_DC = 0, OPEN_EDA_EXCITATION_AC = 1 } open_eda_excitation;

typedef struct {
    open_eda_excitation excitation;
    uint32_t range_tenth_ns;
    const uint16_t *rates_tenth_hz; /* the preferred one first, none 0 */
    uint8_t rate_count;             /* at least 1 */
    const char *serial;             /* UTF-8, at most 255 bytes */
} open_eda_info;

/* Write the info value; gives its length, or 0 if a value is not allowed or `capacity` is too small. */
size_t open_eda_encode_info(const open_eda_info *info, uint8_t *out, size_t capacity);

typedef enum { OPEN_EDA_START = 1, OPEN_EDA_STOP = 2 } open_eda_opcode;

typedef enum {
    OPEN_EDA_SUCCESS = 0,
    OPEN_EDA_UNKNOWN_OPCODE = 1,
    OPEN_EDA_MALFORMED = 2,
    OPEN_EDA_RATE_NOT_OFFERED = 3,
    OPEN_EDA_SENSOR_FAULT = 4
} open_eda_status;

typedef struct {
    open_eda_opcode opcode;
    uint16_t rate_tenth_hz; /* of a start */
} open_eda_request;

#define OPEN_EDA_RESPONSE_LENGTH 3u

/* Read a command; anything but OPEN_EDA_SUCCESS is the status to answer with. */
open_eda_status open_eda_decode_request(const uint8_t *data, size_t length, open_eda_request *request);

/* Write the answer to a command, whose first byte (0 if it was empty) is `opcode`. */
void open_eda_encode_response(uint8_t opcode, open_eda_status status, uint8_t out[OPEN_EDA_RESPONSE_LENGTH]);

#ifdef __cplusplus
}
#endif

#endif
