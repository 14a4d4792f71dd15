// Package shadow keeps a device and its AWS IoT device shadow in step, over
// connections that come and go.
//
// A shadow is a JSON document in the cloud with two sections: desired, what
// applications want of the device, and reported, what the device says of
// itself. [Bind] makes a [Shadow] for one thing; its two types are the two
// sections. The program then does three things:
//
//	s, err := shadow.Bind(conn, "hub-1", &shadow.Options[Settings, Status]{
//		Dir:     "/var/lib/hub/shadow",
//		OnDelta: func(ctx context.Context, c shadow.Change[Settings]) error { return apply(c.Desired) },
//	})
//	go s.Run(ctx)                                                              // keeps in step
//	s.Report(ctx, func(r *Status) error { r.Health = "ok"; return nil })       // says what is
//	s.Desire(ctx, func(d *Settings) error { d.SampleMS = 50; return nil })     // as an application
//
// [Shadow.State] and [Shadow.Watch] show both sections and how fresh they are;
// [Shadow.Delete] ends the shadow. The page docs/shadow.md has the states, what
// happens in each conflict, and the tests that keep each promise.
//
// # What is promised
//
// Report works without a connection and returns at once. On each connection the
// Shadow subscribes, asks for the document, merges, and sends one update with
// everything that differs. In reported the device wins: what it reports
// overwrites the cloud's value, and a field that it took back is deleted, also
// when program and power went in between, given Options.Dir. Fields that the
// device never reported belong to others and stay. In desired the cloud wins:
// OnDelta is called until the device reports what is desired or has said that
// it cannot.
//
// Messages may be lost, doubled, late and out of order. A change is taken only
// when it follows on the version that is known; any gap, contradiction or
// unanswered request leads to one get, and a deleted shadow that starts again
// is told from an old message. When nothing more happens, both sides agree.
//
// # Documents
//
// [Merge], [Diff], [Delta], [Merge3] and [Validate] are the service's rules as
// functions on JSON text. Members with null are deleted, arrays are values,
// empty objects are kept, numbers are compared by value and never rounded.
// [Rules] has the same functions for a service that takes an empty object for
// none, as Greengrass's does.
// Input may come from anywhere: keys that appear twice, text that is not UTF-8,
// and nesting beyond 128 levels are refused with a [*DocumentError].
//
// # Connections and tests
//
// The package knows no MQTT: [Conn] is the small interface it works over, and
// the connection of package transport has it. Through a [Mux] many shadows share
// one connection, its subscriptions and the requests that may be under way.
// Package shadowtest is the whole service, to test against and to run without a
// cloud.
package shadow
