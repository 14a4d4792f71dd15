// Package trees walks decision trees whose nodes all ask whether a feature is at most a number, eight trees at once.
//
// Features and the numbers of nodes are compared as integers in the same order: see [Keys]. The way of a walk does not
// decide about a branch, so nothing is mispredicted. What is computed is what kernels.Leaves computes.
package trees
