// Package awsiot is what a device says to AWS IoT Core besides telemetry and
// its shadow: one package for each service, all of them JSON over MQTT topics.
//
//   - provisioning gets a device its own certificate and name
//   - jobs takes work that was queued for it
//   - defender reports metrics that show a device that misbehaves
//   - streams fetches files in blocks
//   - tunnel hands on the notice of a secure tunnel
//
// This package holds what they share: the connection that they need, and the
// errors. [Conn] is the same small interface that package shadow declares, so
// the connection of an outbox (transport.Outbox.Conn) has it. Package
// awsiottest plays the services, in memory or on a broker.
package awsiot
