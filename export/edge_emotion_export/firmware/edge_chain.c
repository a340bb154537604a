#include "edge_chain.h"

#include <math.h>

static const edge_real RATE_TOLERANCE = EDGE_R(0.02);

const edge_filter *edge_filter_at(const edge_bank *bank, edge_real rate_hz) {
    const edge_filter *nearest = NULL;
    edge_real distance = 0;
    for (size_t i = 0; i < bank->filter_count; i++) {
        const edge_real difference = bank->filters[i].rate_hz - rate_hz;
        const edge_real size = difference < 0 ? -difference : difference;
        if (nearest == NULL || size < distance) {
            nearest = &bank->filters[i];
            distance = size;
        }
    }
    return nearest != NULL && distance <= RATE_TOLERANCE * rate_hz ? nearest : NULL;
}

void edge_begin(const edge_filter *filter, edge_state *states, edge_real first) {
    for (size_t k = 0; k < filter->section_count; k++) {
        const edge_section s = filter->sections[k];
        const edge_real settled = first * (s.b0 + s.b1 + s.b2) / ((edge_real)1 + s.a1 + s.a2);
        states[k].z2 = s.b2 * first - s.a2 * settled;
        states[k].z1 = s.b1 * first - s.a1 * settled + states[k].z2;
        first = settled;
    }
}

edge_real edge_step(const edge_filter *filter, edge_state *states, edge_real value) {
    for (size_t k = 0; k < filter->section_count; k++) {
        const edge_section s = filter->sections[k];
        const edge_real out = s.b0 * value + states[k].z1;
        states[k].z1 = s.b1 * value - s.a1 * out + states[k].z2;
        states[k].z2 = s.b2 * value - s.a2 * out;
        value = out;
    }
    return value;
}

edge_real edge_compressed(const edge_channel *channel, edge_real value) {
    return channel->compression > 0 ? (edge_real)asinh((double)(value / channel->compression)) : value;
}

static edge_real clipped(edge_real value, edge_real limit) {
    if (isnan((double)value)) {
        return 0;
    }
    return value > limit ? limit : value < -limit ? -limit : value;
}

edge_real edge_population(const edge_channel *channel, edge_real compressed, edge_real limit) {
    return clipped((compressed - channel->mean) / channel->scale, limit);
}

edge_real edge_reference(edge_real compressed, edge_real own_mean, edge_real own_spread, edge_real limit) {
    return clipped((compressed - own_mean) / own_spread, limit);
}

edge_real edge_spread(const edge_channel *channel, edge_real own_variance, edge_real count, edge_real prior) {
    const edge_real within = channel->within_scale * channel->within_scale;
    return (edge_real)sqrt((double)((count * own_variance + prior * within) / (count + prior)));
}
