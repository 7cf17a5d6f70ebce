package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"

	"github.com/google/uuid"

	"github.com/aisle-retail/aisle/services/retail"
)

// Request is what the engine must know of a call beside its command: which request it is, so that it has one effect
// however often it arrives, and who made it. The rights interceptor puts it into the context; nothing else does.
type Request struct {
	// ID is the client's request id, kept for good.
	ID retail.ID
	// Fingerprint is a hash of the request as the client sent it and of who sent it. The same id with another
	// fingerprint is refused.
	Fingerprint [32]byte
	// Actor is the name of the key that called, and Channel the one channel that it is bound to; empty: it is bound to none or to several.
	Actor, Channel string
	// Bulk work (imports, sweeps) waits behind people.
	Bulk bool
	// Beside is how many lanes beside that of its place it is done in: what needs not wait for each other is kept apart.
	Beside uint64
}

type requestKey struct{}

// WithRequest returns a context that carries the request to Submit.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// RequestFrom returns the request that the context carries.
func RequestFrom(ctx context.Context) (Request, bool) {
	r, ok := ctx.Value(requestKey{}).(Request)
	return r, ok
}

// What can go wrong with the mechanism; what the shop refuses is a *retail.Refusal.
var (
	// ErrOverloaded means that more commands are in flight than the engine takes on. Nothing was done.
	ErrOverloaded = errors.New("ledger: too much work in flight")
	// ErrClosed means that the engine is shutting down. Nothing was done.
	ErrClosed = errors.New("ledger: shutting down")
	// ErrUnavailable means that the database could not be reached or kept failing. The outcome is unknown: ask again with
	// the same request id.
	ErrUnavailable = errors.New("ledger: the database is unavailable")
	// ErrStale means that what the command was planned on changed while it waited, whether a rule says so or the engine
	// finds that it reads a row it did not name. Nothing was done: plan again.
	ErrStale = retail.ErrStale
	// ErrNoRequest means that a command came without a Request, or without an id of it, in its context: a fault in the
	// server. Without ids, requests would be taken for copies of each other.
	ErrNoRequest = errors.New("ledger: command without a request")
)

// Own is the context of what a process does by itself, for nobody, as an actor: by its name it is one request, however often it is made and by
// whichever process.
func Own(ctx context.Context, name string, as Request) context.Context {
	as.Fingerprint = sha256.Sum256([]byte(name))
	as.ID = retail.OwnRequest(as.Fingerprint)
	return WithRequest(ctx, as)
}

// PieceOf gives each piece of a request an id of its own, the first the request's. Those of the others derive from it, so that the
// request sent again finds the pieces that were carried out, and carries out the rest.
func PieceOf(ctx context.Context, piece int) context.Context {
	request, known := RequestFrom(ctx)
	if piece == 0 || !known {
		return ctx
	}
	request.ID = retail.ID(uuid.NewSHA1(uuid.UUID(request.ID), strconv.AppendInt(nil, int64(piece), 10)))
	return WithRequest(ctx, request)
}
