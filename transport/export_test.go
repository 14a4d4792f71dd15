package transport

// OpenFS is Open on a file system of the test's choice.
var OpenFS = open
