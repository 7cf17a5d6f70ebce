// Package messages tells customers what becomes of their orders: aisle.messages.v1.MessageService, and what sends.
//
// # From the log to the customer
//
// A follower reads the event log from a place of its own, up to what is closed (package horizon), and never beyond: what was not
// committed yet would be passed over. For each event that a customer is to be told of (retail/message.go says which), where the order
// has a contact, it records a message and a job that sends it, in the transaction that moves its place. So each event leads to one
// message of a kind and medium, whatever is killed when. The place is a row that is locked, so that of many processes one follows at
// a time, and any of them goes on where another stopped. The engine and its transactions know nothing of it.
//
// A job (River, in the schema jobs of the same database) reads the event and how things stand now, leaves out what is not true any
// more, writes the message in the customer's language, and sends it: by e-mail (SMTP), or to her phone through a provider (a signed
// webhook). What fails is tried again, more and more rarely; what is refused for good, or was tried too often, is FAILED and listed.
//
// # At least once
//
// A process that dies between the sending and its record sends again. It does so under the same key, the id of the message: as the
// e-mail's Message-ID, and as webhook-id and Idempotency-Key, so that whoever gets it twice knows.
//
// # What is kept
//
// Contacts are personal. They stand apart from orders and events, are read when something is sent, and go after half a year. A message
// keeps neither its text nor where it went: a pickup code, too, is made anew (package fulfilments) and stored nowhere.
package messages
