/* Says of each line of standard input ("codec hex") what this codec makes of it, so that the vectors can judge it.
 *
 * eda_packet:  sequence first_sample_ms rate contact saturated restarted impedance|-1 samples..., then the bytes encoded anew
 * eda_ecg_packet: sequence first_sample_ms eda_rate ecg_rate eda_contact ecg_contact saturated restarted eda_count samples...,
 *     then the bytes encoded anew
 * eda_request: opcode rate
 * info EXCITATION RANGE SERIAL_HEX|- RATE...: the bytes encoded
 * response OPCODE STATUS: the bytes encoded
 * anything that is refused: "refused"
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "open_eda.h"

enum { LONGEST = 512 };

static size_t bytes_of(const char *hex, uint8_t *out) {
    size_t length = 0;
    unsigned value = 0;
    while (length < LONGEST && sscanf(hex + 2 * length, "%2x", &value) == 1) {
        out[length++] = (uint8_t)value;
    }
    return length;
}

static void put_bytes(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        printf("%02x", bytes[i]);
    }
    puts(length == 0 ? "refused" : "");
}

static void packet(const uint8_t *data, size_t length) {
    open_eda_header header;
    int32_t samples[LONGEST / 3];
    uint8_t again[LONGEST];
    const size_t count = open_eda_decode_packet(data, length, &header);
    if (count == 0) {
        puts("refused");
        return;
    }
    printf("%u %" PRIu32 " %u %d %d %d %ld", header.sequence, header.first_sample_ms, header.rate_tenth_hz,
           (int)header.contact, header.saturated, header.clock_restarted,
           header.has_impedance ? (long)header.impedance_100_ohm : -1L);
    for (size_t i = 0; i < count; i++) {
        samples[i] = open_eda_sample(data, i);
        printf(" %" PRId32, samples[i]);
    }
    printf(" | ");
    put_bytes(again, open_eda_encode_packet(&header, samples, count, again, sizeof again));
}

static void combined(const uint8_t *data, size_t length) {
    open_eda_combined header;
    int32_t samples[LONGEST / 3];
    uint8_t again[LONGEST];
    const size_t count = open_eda_decode_combined(data, length, &header);
    if (count == 0) {
        puts("refused");
        return;
    }
    printf("%u %" PRIu32 " %u %u %d %d %d %d %u", header.sequence, header.first_sample_ms, header.eda_rate_tenth_hz,
           header.ecg_rate_tenth_hz, header.eda_contact, header.ecg_contact, header.saturated, header.clock_restarted,
           header.eda_count);
    for (size_t i = 0; i < header.eda_count + count; i++) {
        samples[i] = open_eda_combined_sample(data, i);
        printf(" %" PRId32, samples[i]);
    }
    printf(" | ");
    put_bytes(again, open_eda_encode_combined(&header, samples, samples + header.eda_count, count, again, sizeof again));
}

static void request(const uint8_t *data, size_t length) {
    open_eda_request found;
    if (open_eda_decode_request(data, length, &found) == OPEN_EDA_SUCCESS) {
        printf("%d %u\n", (int)found.opcode, found.rate_tenth_hz);
    } else {
        puts("refused");
    }
}

static void info(char *words) {
    char serial[LONGEST] = {0};
    uint16_t rates[LONGEST] = {0};
    uint8_t out[2 * LONGEST];
    open_eda_info wanted = {.rates_tenth_hz = rates, .serial = serial};
    wanted.excitation = (open_eda_excitation)strtoul(strtok(words, " "), NULL, 10);
    wanted.range_tenth_ns = (uint32_t)strtoul(strtok(NULL, " "), NULL, 10);
    bytes_of(strtok(NULL, " "), (uint8_t *)serial);
    for (const char *word = strtok(NULL, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        rates[wanted.rate_count++] = (uint16_t)strtoul(word, NULL, 10);
    }
    put_bytes(out, open_eda_encode_info(&wanted, out, sizeof out));
}

static void response(char *words) {
    uint8_t out[OPEN_EDA_RESPONSE_LENGTH];
    const unsigned long opcode = strtoul(strtok(words, " "), NULL, 10);
    open_eda_encode_response((uint8_t)opcode, (open_eda_status)strtoul(strtok(NULL, " "), NULL, 10), out);
    put_bytes(out, sizeof out);
}

int main(void) {
    char line[2 * LONGEST + 64];
    uint8_t data[LONGEST];
    while (fgets(line, (int)sizeof line, stdin) != NULL) {
        char *const hex = strchr(line, ' ');
        if (hex == NULL) {
            return 1;
        }
        if (strncmp(line, "info", 4) == 0) {
            info(hex + 1);
        } else if (strncmp(line, "response", 8) == 0) {
            response(hex + 1);
        } else if (strncmp(line, "eda_ecg_packet", 14) == 0) {
            combined(data, bytes_of(hex + 1, data));
        } else if (strncmp(line, "eda_packet", 10) == 0) {
            packet(data, bytes_of(hex + 1, data));
        } else {
            request(data, bytes_of(hex + 1, data));
        }
    }
    return 0;
}
