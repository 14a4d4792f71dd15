package ops

// internal is the domain of the operators that only the engine's own passes write.
const internal = "brink"
