package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aisle-retail/aisle/services/payments"
	"github.com/aisle-retail/aisle/services/provider"
	"github.com/aisle-retail/aisle/services/retail"
)

// provider is who takes payments by card; nil: nobody.
func (c *Config) provider() provider.Provider {
	switch {
	case c.PaymentProvider != nil:
		return c.PaymentProvider
	case c.Payments == "stripe":
		return provider.NewStripe(c.StripeKey, c.PaymentsSecret, c.PublicURL, "", nil)
	case c.Payments == "test":
		return provider.NewPretend(c.PaymentsSecret)
	}
	return nil
}

// newProcessor returns what asks the provider of payments. It is there, and asks nobody, where none is set up.
func (s *Server) newProcessor() *payments.Processor {
	taker := s.config.provider()
	if _, pretends := taker.(*provider.Pretend); pretends {
		s.log.Warn("payments by card are pretended: no money is taken")
	}
	p := payments.NewProcessor(s.engine, s.db, taker, s.log)
	p.CrashAt(s.config.PaymentsCrash)
	return p
}

// paymentsWebhookPath is where the provider of payments tells that something became of one, at every process that runs the service
// payments. webhookMax bounds what it may say, in bytes, and webhookTime how long it takes to look.
const (
	paymentsWebhookPath = "/webhooks/payments"
	webhookMax          = 1 << 20
	webhookTime         = 30 * time.Second
)

// paymentsWebhook takes what the provider of payments says. It is believed no more than that something happened: what, the provider is
// asked, where a payment waits for it. So a notice that comes twice, late or in no order does no harm.
func (s *Server) paymentsWebhook(w http.ResponseWriter, r *http.Request) {
	taker := s.processor.Provider()
	switch {
	case taker == nil:
		answer(w, http.StatusNotFound, "no provider of payments is set up")
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, "post it")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), webhookTime)
	defer cancel()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhookMax))
	var told provider.Notice
	if err == nil {
		told, err = taker.Webhook(r.Header, body)
	}
	if err != nil {
		s.log.Warn("a webhook of the provider of payments was not taken", "error", err)
		answer(w, http.StatusBadRequest, "it is not the provider's, or can't be read")
		return
	}
	if !told.Intent.IsZero() {
		_, err = s.processor.Finish(ctx, retail.IntentRef{Order: told.Order, Intent: told.Intent})
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		s.log.Warn("a payment's provider has not answered", "order", told.Order.String(), "payment", told.Intent.String(), "error", err)
		answer(w, http.StatusServiceUnavailable, "say it again")
		return
	}
	answer(w, http.StatusOK, "ok")
}

// AskProviders asks at once what was left without an answer, in tests.
func (s *Server) AskProviders(ctx context.Context) error { return s.processor.Ask(ctx, 0) }
