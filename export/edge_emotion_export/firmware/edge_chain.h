/* The arithmetic of Edge-emotion's chain that a sensor can do itself: biquad cascades and the standardisation of values.
 *
 * C99, no heap, no state but the caller's. Define EDGE_REAL as float where double is slow; in double, and compiled without fused
 * multiply-add (-ffp-contract=off), the filters give the same bits as the Python chain.
 */
#ifndef EDGE_CHAIN_H
#define EDGE_CHAIN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef EDGE_REAL
#define EDGE_REAL double
#endif
typedef EDGE_REAL edge_real;
#define EDGE_R(constant) ((edge_real)(constant))

/* One second-order section, a0 = 1. */
typedef struct {
    edge_real b0, b1, b2, a1, a2;
} edge_section;

/* A cascade that was designed for one sampling rate. */
typedef struct {
    edge_real rate_hz;
    size_t section_count;
    const edge_section *sections;
} edge_filter;

/* One filter, designed for several rates. low_hz is 0 for a low-pass. */
typedef struct {
    const char *name;
    edge_real low_hz, high_hz;
    size_t filter_count;
    const edge_filter *filters;
} edge_bank;

/* One section's state; a cascade needs section_count of them. */
typedef struct {
    edge_real z1, z2;
} edge_state;

/* The filter for a rate, or NULL if none was designed within 2 % of it. */
const edge_filter *edge_filter_at(const edge_bank *bank, edge_real rate_hz);

/* Settle the state as if `first` had always been the input. */
void edge_begin(const edge_filter *filter, edge_state *states, edge_real first);

/* The output for the next sample, which must be finite. */
edge_real edge_step(const edge_filter *filter, edge_state *states, edge_real value);

/* How one channel of a window, or one feature, is standardised. compression is 0 for none. */
typedef struct {
    edge_real mean, scale, within_scale, compression;
} edge_channel;

typedef struct {
    const char *name;
    size_t channel_count;
    const edge_channel *channels;
} edge_tensor;

/* The value on the scale on which means are taken: asinh(value / compression), or as it is. */
edge_real edge_compressed(const edge_channel *channel, edge_real value);

/* A compressed value against other people: clipped to +-limit; what is no number becomes 0. */
edge_real edge_population(const edge_channel *channel, edge_real compressed, edge_real limit);

/* A compressed value against the wearer's own rest, of mean and spread (see edge_spread). */
edge_real edge_reference(edge_real compressed, edge_real own_mean, edge_real own_spread, edge_real limit);

/* The wearer's variance over `count` values, shrunk towards the typical spread inside one person with a weight of `prior`. */
edge_real edge_spread(const edge_channel *channel, edge_real own_variance, edge_real count, edge_real prior);

#ifdef __cplusplus
}
#endif

#endif
