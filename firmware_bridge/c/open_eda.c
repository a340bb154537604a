#include "open_eda.h"

enum {
    FLAG_CONTACT_SUPPORTED = 0x01,
    FLAG_CONTACT = 0x02,
    FLAG_SATURATED = 0x04,
    FLAG_CLOCK_RESTARTED = 0x08,
    FLAG_IMPEDANCE = 0x10
};

enum { FLAG_EDA_CONTACT = 0x01, FLAG_ECG_CONTACT = 0x02 };

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

/* Samples, or false if one does not fit. */
static bool put_samples(uint8_t *out, const int32_t *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (values[i] < OPEN_EDA_MISSING || values[i] > OPEN_EDA_LARGEST) {
            return false;
        }
        const uint32_t bits = (uint32_t)values[i];
        put_u16(out + 3 * i, (uint16_t)(bits & 0xFFFFu));
        out[3 * i + 2] = (uint8_t)(bits >> 16 & 0xFFu);
    }
    return true;
}

static int32_t get_sample(const uint8_t *at) {
    const int32_t value = (int32_t)get_u16(at) + (int32_t)at[2] * 65536;
    return value > OPEN_EDA_LARGEST ? value - 16777216 : value;
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
    if (header->has_impedance) {
        flags |= FLAG_IMPEDANCE;
    }
    return (uint8_t)flags;
}

static size_t samples_at(uint8_t flags) {
    return OPEN_EDA_HEADER_LENGTH + (flags & FLAG_IMPEDANCE ? OPEN_EDA_IMPEDANCE_LENGTH : 0u);
}

size_t open_eda_encode_packet(const open_eda_header *header, const int32_t *conductance_tenth_ns, size_t count,
                              uint8_t *out, size_t capacity) {
    const uint8_t flags = flags_of(header);
    const size_t start = samples_at(flags);
    if (header->rate_tenth_hz == 0 || count == 0 || capacity < start || count > (capacity - start) / 3u) {
        return 0;
    }
    out[0] = OPEN_EDA_VERSION;
    out[1] = flags;
    put_u16(out + 2, header->sequence);
    put_u32(out + 4, header->first_sample_ms);
    put_u16(out + 8, header->rate_tenth_hz);
    if (header->has_impedance) {
        put_u16(out + OPEN_EDA_HEADER_LENGTH, header->impedance_100_ohm);
    }
    return put_samples(out + start, conductance_tenth_ns, count) ? start + 3u * count : 0;
}

size_t open_eda_decode_packet(const uint8_t *data, size_t length, open_eda_header *header) {
    if (length <= OPEN_EDA_HEADER_LENGTH || data[0] != OPEN_EDA_VERSION || get_u16(data + 8) == 0) {
        return 0;
    }
    const uint8_t flags = data[1];
    const size_t start = samples_at(flags);
    if (length <= start || (length - start) % 3u != 0) {
        return 0;
    }
    header->sequence = get_u16(data + 2);
    header->first_sample_ms = get_u32(data + 4);
    header->rate_tenth_hz = get_u16(data + 8);
    header->contact = !(flags & FLAG_CONTACT_SUPPORTED) ? OPEN_EDA_CONTACT_UNKNOWN
                      : (flags & FLAG_CONTACT)          ? OPEN_EDA_CONTACT_PRESENT
                                                        : OPEN_EDA_CONTACT_LOST;
    header->saturated = (flags & FLAG_SATURATED) != 0;
    header->clock_restarted = (flags & FLAG_CLOCK_RESTARTED) != 0;
    header->has_impedance = (flags & FLAG_IMPEDANCE) != 0;
    header->impedance_100_ohm = header->has_impedance ? get_u16(data + OPEN_EDA_HEADER_LENGTH) : 0;
    return (length - start) / 3u;
}

int32_t open_eda_sample(const uint8_t *data, size_t i) {
    return get_sample(data + samples_at(data[1]) + 3u * i);
}

size_t open_eda_encode_combined(const open_eda_combined *header, const int32_t *conductance_tenth_ns,
                                const int32_t *ecg_tenth_uv, size_t ecg_count, uint8_t *out, size_t capacity) {
    const size_t eda_length = 3u * (size_t)header->eda_count;
    const size_t start = OPEN_EDA_COMBINED_HEADER_LENGTH + eda_length;
    if (header->eda_rate_tenth_hz == 0 || header->ecg_rate_tenth_hz == 0 || ecg_count == 0 || capacity < start ||
        ecg_count > (capacity - start) / 3u) {
        return 0;
    }
    out[0] = OPEN_EDA_VERSION;
    out[1] = (uint8_t)((header->eda_contact ? FLAG_EDA_CONTACT : 0) | (header->ecg_contact ? FLAG_ECG_CONTACT : 0) |
                       (header->saturated ? FLAG_SATURATED : 0) | (header->clock_restarted ? FLAG_CLOCK_RESTARTED : 0));
    put_u16(out + 2, header->sequence);
    put_u32(out + 4, header->first_sample_ms);
    put_u16(out + 8, header->eda_rate_tenth_hz);
    put_u16(out + 10, header->ecg_rate_tenth_hz);
    out[12] = header->eda_count;
    if (!put_samples(out + OPEN_EDA_COMBINED_HEADER_LENGTH, conductance_tenth_ns, header->eda_count) ||
        !put_samples(out + start, ecg_tenth_uv, ecg_count)) {
        return 0;
    }
    return start + 3u * ecg_count;
}

size_t open_eda_decode_combined(const uint8_t *data, size_t length, open_eda_combined *header) {
    if (length <= OPEN_EDA_COMBINED_HEADER_LENGTH || data[0] != OPEN_EDA_VERSION || get_u16(data + 8) == 0 ||
        get_u16(data + 10) == 0) {
        return 0;
    }
    const size_t start = OPEN_EDA_COMBINED_HEADER_LENGTH + 3u * (size_t)data[12];
    if (length <= start || (length - start) % 3u != 0) {
        return 0;
    }
    header->sequence = get_u16(data + 2);
    header->first_sample_ms = get_u32(data + 4);
    header->eda_rate_tenth_hz = get_u16(data + 8);
    header->ecg_rate_tenth_hz = get_u16(data + 10);
    header->eda_contact = (data[1] & FLAG_EDA_CONTACT) != 0;
    header->ecg_contact = (data[1] & FLAG_ECG_CONTACT) != 0;
    header->saturated = (data[1] & FLAG_SATURATED) != 0;
    header->clock_restarted = (data[1] & FLAG_CLOCK_RESTARTED) != 0;
    header->eda_count = data[12];
    return (length - start) / 3u;
}

int32_t open_eda_combined_sample(const uint8_t *data, size_t i) {
    return get_sample(data + OPEN_EDA_COMBINED_LENGTH(i, 0));
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
