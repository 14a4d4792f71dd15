// Package recurrence computes LSTM, GRU and RNN in float32 with their usual activations: one call goes through many steps.
//
// The units of a layer are cut into blocks of as many as a vector has elements. For each block the weights of all gates
// lie side by side in one panel, so that the products of a block with the state end up in as many registers as there are
// gates, and the next state is made of them there. What a step reads of memory is the weights, once: each pass over the
// panels goes the other way round than the one before, and so begins with those that are still in the cache.
//
// All weights of a sigmoid are negated, and those of a hyperbolic tangent doubled, when they are packed: both are exact, and
// with e = e^-x - 1 or e = e^2x - 1 the functions are 1 / (2 + e) and e / (2 + e).
//
// Each kernel is there in plain Go and in assembly. They differ by rounding only.
package recurrence
