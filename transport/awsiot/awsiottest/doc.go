// Package awsiottest plays the services of AWS IoT that the packages below
// awsiot speak to, for tests and for trying a device out without an account.
//
// Each service is a type of its own, which answers over any connection, in
// memory or to a real broker, as long as Serve runs:
//
//	cloud := awsiottest.NewProvisioning(nil)
//	go cloud.Serve(ctx, conn)
//
// A connection in memory for the service and its devices comes from package
// shadowtest (Service.Conn), and one to a broker from an outbox
// (transport.Outbox.Conn). The broker must let the service subscribe and
// publish below $aws. Unlike AWS it brings an answer to everybody who
// subscribed to its topic.
//
// A script makes the service lose, delay, double, refuse or garble what it is
// told to. Time comes from package time, so that a test inside testing/synctest
// drives it.
package awsiottest
