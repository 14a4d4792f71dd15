// Package shadowtest is the AWS IoT device shadow service's twin, for tests and
// for running an application without a cloud: every documented behaviour of its
// get, update and delete topics, in memory or, with [Open], kept in a folder.
//
// A [Service] is talked to in three ways. [Service.Conn] gives a device or an
// application an in-memory connection, with faults to order: [Service.Script]
// drops, doubles, delays, reorders and refuses messages or cuts the connection,
// [Service.Disconnect] and [Service.Connect] make offline spells.
// [Service.Serve] answers on a real MQTT broker, through any [shadow.Conn];
// examples/shadowservice is a program around it. And tests look at documents,
// wait for them and change them directly, with [Service.Document],
// [Service.WaitDocument], [Service.SetDesired] and their like, which stand for
// the service's HTTPS interface and are never throttled.
//
// Time comes from package time, so that a test inside testing/synctest drives
// it. A Service keeps no goroutine: a message in memory is delivered by one
// that ends with the connection's queue, and Serve works on its caller's.
//
// # What is known and what is chosen
//
// The files in testdata hold what the service does as sequences of requests and
// answers, each with its source: the AWS IoT developer guide, behaviour that
// the moto project verified against AWS, and the cases of the Greengrass shadow
// manager. Codes and texts of refusals are those of the guide's page of error
// messages. The service itself was seen to say more in some: the name of a
// missing shadow in quotes, that of an invalid node behind a colon; and it
// leaves out the timestamp in some. For 429 the page has no text, so this is
// the one that was seen.
//
// Where the documentation is silent the Service does what was observed, and
// where nothing was observed the stricter thing:
//
//   - An object emptied by nulls stays, below a section. An update that changes
//     nothing still counts, and gives what it names a new timestamp.
//   - A deletion does not count as a version. A shadow that is not there has
//     version 0, so an update that names another one is a conflict; null is no
//     version and no token.
//   - Of several mistakes the outermost is told: encoding, syntax, token, the
//     state and its nodes, depth, nulls in arrays, version, thing, conflict,
//     size. A key that appears twice is a mistake of syntax.
//   - A get with a body is read for its token, and refused when it is not JSON.
//   - Before the first update there is no previous document: it is null.
//   - The metadata of an accepted update has the fields that it set, not those
//     that it deleted. The metadata of get has no delta, as observed, although
//     an example of the guide has one.
//   - Messages leave in the order accepted, delta, documents.
//   - Other clients may publish on the topics of the answers, which the AWS
//     broker forbids.
package shadowtest
