// Package provisioning gets an empty device its own certificate and name from
// AWS IoT: fleet provisioning by claim, over MQTT.
//
// The device connects with a claim certificate, which may do nothing else and
// which a whole production batch may share, and calls [Device]:
//
//	id, err := provisioning.Device(ctx, outbox.Conn(), "hubs", &provisioning.Options{
//		Dir:        "/var/lib/hub/identity",
//		Parameters: map[string]string{"SerialNumber": serial},
//	})
//
// From then on it connects as itself, with the files of the [Identity]:
//
//	keys, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: id.CertFile, KeyFile: id.KeyFile})
//
// By default the key is made on the device and never leaves it: the service
// signs a request for it. A key that a TPM or another token holds is handed in
// as Options.Signer. With Options.CloudKeys the service makes the key.
//
// # What is on disk
//
// Everything lies in Options.Dir, readable by its owner alone: key.pem,
// cert.pem, and provisioning.json with how far it came. Each step is durable
// before the next one begins, so that after a power cut Device goes on where it
// was: with the same key, and with the certificate that it got. cert.pem appears
// when the device is registered. Once that is done Device and [Load] answer from
// the disk, without a request.
//
// # What cannot be known
//
// The service's answers name no request, and nothing says what a certificate's
// ownership token is worth once it was used. So:
//
//   - A certificate is asked for again when no answer came. One that was made
//     and lost stays unusable, and the service deletes it within the hour.
//   - A registration to which no answer came is repeated with the same token: a
//     registration that was carried out is then confirmed. Where the service
//     refuses the token instead, the name that it gave cannot be learned any
//     more, and the device starts again at the certificate. A template that
//     names the thing after a parameter, such as a serial number, makes that the
//     same thing; the first certificate stays attached to it. This is logged
//     with the certificate's id, for somebody to detach.
//   - A token that is an hour old and was never used is not tried; the device
//     starts again at the certificate.
//
// All of one claim's devices use the same topics. AWS sends an answer only to
// the connection that asked, and a certificate for another key is ignored.
package provisioning
