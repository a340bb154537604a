/* Says of each line of standard input what the generated C makes of it; numbers in hexadecimal, so that no bit is lost.
 *
 * filter BANK RATE VALUE...: the outputs
 * population TENSOR CHANNEL VALUE: the standardised value
 * reference TENSOR CHANNEL VALUE MEAN VARIANCE COUNT: the value against the wearer's own rest
 * network: length, then every byte
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge_model.h"

static const edge_bank *bank_of(const char *name) {
    for (size_t i = 0; i < EDGE_BANK_COUNT; i++) {
        if (strcmp(edge_banks[i].name, name) == 0) {
            return &edge_banks[i];
        }
    }
    return NULL;
}

static const edge_channel *channel_of(const char *tensor, size_t index) {
    for (size_t i = 0; i < EDGE_TENSOR_COUNT; i++) {
        if (strcmp(edge_tensors[i].name, tensor) == 0 && index < edge_tensors[i].channel_count) {
            return &edge_tensors[i].channels[index];
        }
    }
    return NULL;
}

static void filter(void) {
    const char *name = strtok(NULL, " \n");
    const double rate_hz = strtod(strtok(NULL, " \n"), NULL);
    const edge_filter *found = edge_filter_at(bank_of(name), (edge_real)rate_hz);
    edge_state states[EDGE_LONGEST_CASCADE];
    int begun = 0;
    if (found == NULL) {
        puts("none");
        return;
    }
    for (const char *word = strtok(NULL, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        const edge_real value = (edge_real)strtod(word, NULL);
        if (!begun) {
            edge_begin(found, states, value);
            begun = 1;
        }
        printf("%a ", (double)edge_step(found, states, value));
    }
    puts("");
}

static double next(void) {
    return strtod(strtok(NULL, " \n"), NULL);
}

int main(void) {
    static char line[4000000];
    while (fgets(line, (int)sizeof line, stdin) != NULL) {
        const char *what = strtok(line, " \n");
        if (strcmp(what, "filter") == 0) {
            filter();
        } else if (strcmp(what, "network") == 0) {
            for (size_t i = 0; i < edge_network_length; i++) {
                printf("%02x", edge_network[i]);
            }
            puts("");
        } else {
            const char *tensor = strtok(NULL, " \n");
            const edge_channel *channel = channel_of(tensor, (size_t)strtoul(strtok(NULL, " \n"), NULL, 10));
            const edge_real value = edge_compressed(channel, (edge_real)next());
            const edge_real limit = (edge_real)EDGE_LIMIT;
            if (strcmp(what, "population") == 0) {
                printf("%a\n", (double)edge_population(channel, value, limit));
            } else {
                const edge_real mean = (edge_real)next(), variance = (edge_real)next(), count = (edge_real)next();
                const edge_real spread = edge_spread(channel, variance, count, (edge_real)EDGE_PRIOR_WINDOWS);
                printf("%a\n", (double)edge_reference(value, mean, spread, limit));
            }
        }
    }
    return 0;
}
