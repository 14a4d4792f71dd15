// Package shadowtest is the AWS IoT device shadow service's twin, for tests and
// for running an application without a cloud: every documented behaviour of its
// get, update and delete topics, in memory.
//
// A [Service] is talked to in three ways. [Service.Conn] gives a device or an
// application an in-memory connection, with faults to order: [Service.Script]
// drops, doubles, delays and refuses messages or cuts the connection,
// [Service.Disconnect] and [Service.Connect] make offline spells.
// [Service.Serve] answers on a real MQTT broker, through any [shadow.Conn]. And
// tests look at documents and change them directly, with [Service.Document],
// [Service.SetDesired] and their like.
//
// Time comes from package time, so that a test inside testing/synctest drives
// it. A Service keeps no goroutine: a message in memory is delivered by one
// that ends with the connection's queue, and Serve works on its caller's.
//
// Where the documentation is silent the Service does what was observed, and
// where nothing was observed the stricter thing: an object emptied by nulls
// stays, below a section; an update that changes nothing still counts; a
// deletion does not count as a version.
package shadowtest
