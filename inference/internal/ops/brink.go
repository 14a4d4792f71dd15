package ops

// internal is the domain of the operators that only passes write: no model has them. They are fused, or work in layouts
// that no standard operator knows.
const internal = "brink"
