#include "open_eda.h"

enum {
    FLAG_CONTACT_SUPPORTED = 0x01,
    FLAG_CONTACT = 0x02,
    FLAG_SATURATED = 0x04,
    FLAG_CLOCK_RESTARTED = 0x08
};

#define RESPONSE_MARK 0xF0u
#define INFO_FIXED_LENGTH 8u
#define LONGEST_SERIAL 255u

static void put_u16(uint8_t *out, uint16_t value) {
    out[0] = (uint8_t)(value & 0xFFu);
    out[1] = (uint8_t)(value >> 8);
}

static void put_u32(uint8_t *out, uint32_t value) {
    put_u16(out, (uint16_t)(value & 0xFFFFu));
    put_u16(out + 2, (uint16_t)(value >> 16));
}

static uint16_t get_u16(const uint8_t *data) {
    return (uint16_t)(data[0] | (uint16_t)(data[1] << 8));
}

static uint32_t get_u32(const uint8_t *data) {
    return (uint32_t)get_u16(data) | (uint32_t)get_u16(data + 2) << 16;
}

static uint8_t flags_of(const open_eda_header *header) {
    unsigned flags = 0;
    if (header->contact != OPEN_EDA_CONTACT_UNKNOWN) {
        flags |= FLAG_CONTACT_SUPPORTED;
    }
    if (header->contact == OPEN_EDA_CONTACT_PRESENT) {
        flags |= FLAG_CONTACT;
    }
    if (header->saturated) {
        flags |= FLAG_SATURATED;
    }
    if (header->clock_restarted) {
        flags |= FLAG_CLOCK_RESTARTED;
    }
    return (uint8_t)flags;
}

size_t open_eda_encode_packet(const open_eda_header *header, const int32_t *conductance_tenth_ns, size_t count,
                              uint8_t *out, size_t capacity) {
    if (header->rate_tenth_hz == 0 || count == 0 || capacity < OPEN_EDA_HEADER_LENGTH ||
        count > (capacity - OPEN_EDA_HEADER_LENGTH) / 3u) {
        return 0;
    }
    out[0] = OPEN_EDA_VERSION;
    out[1] = flags_of(header);
    put_u16(out + 2, header->sequence);
    put_u32(out + 4, header->first_sample_ms);
    put_u16(out + 8, header->rate_tenth_hz);
    for (size_t i = 0; i < count; i++) {
        const int32_t value = conductance_tenth_ns[i];
        if (value < OPEN_EDA_MISSING || value > OPEN_EDA_LARGEST) {
            return 0;
        }
        uint8_t *const at = out + OPEN_EDA_PACKET_LENGTH(i);
        const uint32_t bits = (uint32_t)value;
        put_u16(at, (uint16_t)(bits & 0xFFFFu));
        at[2] = (uint8_t)(bits >> 16 & 0xFFu);
    }
    return OPEN_EDA_PACKET_LENGTH(count);
}

size_t open_eda_decode_packet(const uint8_t *data, size_t length, open_eda_header *header) {
    if (length <= OPEN_EDA_HEADER_LENGTH || (length - OPEN_EDA_HEADER_LENGTH) % 3u != 0 ||
        data[0] != OPEN_EDA_VERSION || get_u16(data + 8) == 0) {
        return 0;
    }
    const uint8_t flags = data[1];
    header->sequence = get_u16(data + 2);
    header->first_sample_ms = get_u32(data + 4);
    header->rate_tenth_hz = get_u16(data + 8);
    header->contact = !(flags & FLAG_CONTACT_SUPPORTED) ? OPEN_EDA_CONTACT_UNKNOWN
                      : (flags & FLAG_CONTACT)          ? OPEN_EDA_CONTACT_PRESENT
                                                        : OPEN_EDA_CONTACT_LOST;
    header->saturated = (flags & FLAG_SATURATED) != 0;
    header->clock_restarted = (flags & FLAG_CLOCK_RESTARTED) != 0;
    return (length - OPEN_EDA_HEADER_LENGTH) / 3u;
}

int32_t open_eda_sample(const uint8_t *data, size_t i) {
    const uint8_t *const at = data + OPEN_EDA_PACKET_LENGTH(i);
    const int32_t value = (int32_t)get_u16(at) + (int32_t)at[2] * 65536;
    return value > OPEN_EDA_LARGEST ? value - 16777216 : value;
}

size_t open_eda_encode_info(const open_eda_info *info, uint8_t *out, size_t capacity) {
    size_t serial_length = 0;
    while (serial_length <= LONGEST_SERIAL && info->serial[serial_length] != '\0') {
        serial_length++;
    }
    const size_t rates_length = 2u * (size_t)info->rate_count;
    if (serial_length > LONGEST_SERIAL || info->rate_count == 0 ||
        capacity < INFO_FIXED_LENGTH + rates_length + serial_length) {
        return 0;
    }
    out[0] = OPEN_EDA_VERSION;
    out[1] = (uint8_t)info->excitation;
    put_u32(out + 2, info->range_tenth_ns);
    out[6] = info->rate_count;
    for (size_t i = 0; i < info->rate_count; i++) {
        if (info->rates_tenth_hz[i] == 0) {
            return 0;
        }
        put_u16(out + 7 + 2 * i, info->rates_tenth_hz[i]);
    }
    uint8_t *const serial = out + INFO_FIXED_LENGTH + rates_length;
    serial[-1] = (uint8_t)serial_length;
    for (size_t i = 0; i < serial_length; i++) {
        serial[i] = (uint8_t)info->serial[i];
    }
    return INFO_FIXED_LENGTH + rates_length + serial_length;
}

open_eda_status open_eda_decode_request(const uint8_t *data, size_t length, open_eda_request *request) {
    if (length == 0) {
        return OPEN_EDA_MALFORMED;
    }
    if (data[0] == OPEN_EDA_START && length == 3) {
        request->opcode = OPEN_EDA_START;
        request->rate_tenth_hz = get_u16(data + 1);
        return OPEN_EDA_SUCCESS;
    }
    if (data[0] == OPEN_EDA_STOP && length == 1) {
        request->opcode = OPEN_EDA_STOP;
        request->rate_tenth_hz = 0;
        return OPEN_EDA_SUCCESS;
    }
    return data[0] == OPEN_EDA_START || data[0] == OPEN_EDA_STOP ? OPEN_EDA_MALFORMED : OPEN_EDA_UNKNOWN_OPCODE;
}

void open_eda_encode_response(uint8_t opcode, open_eda_status status, uint8_t out[OPEN_EDA_RESPONSE_LENGTH]) {
    out[0] = RESPONSE_MARK;
    out[1] = opcode;
    out[2] = (uint8_t)status;
}
