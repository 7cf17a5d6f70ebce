package app

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aisle-retail/aisle/services/carrier"
	"github.com/aisle-retail/aisle/services/fulfilments"
	"github.com/aisle-retail/aisle/services/provider"
)

// Config is all that can be set, from the environment. The struct tags are the variable, its default and what it means;
// `aisle help` prints them.
type Config struct {
	DatabaseURL      string        `env:"AISLE_DATABASE_URL" help:"Postgres 15 or later, postgres://user@host/database; empty: a private one is started in AISLE_DATA_DIR" secret:"url"`
	DatabaseOwnerURL string        `env:"AISLE_DATABASE_OWNER_URL" help:"the same database as its owner, for migrations; empty: AISLE_DATABASE_URL" secret:"url"`
	DataDir          string        `env:"AISLE_DATA_DIR" help:"folder of the private Postgres and of the demo's keys; empty: one that is named when it is used"`
	GRPCAddr         string        `env:"AISLE_GRPC_ADDR" default:"127.0.0.1:9090" help:"where gRPC is served"`
	HTTPAddr         string        `env:"AISLE_HTTP_ADDR" default:"127.0.0.1:8080" help:"where REST, /healthz, /readyz and /metrics are served"`
	GRPCTarget       string        `env:"AISLE_GRPC_TARGET" help:"services that the gateway and imports talk to when none run in their process, host:port"`
	Key              string        `env:"AISLE_KEY" help:"the key with which imports talk to AISLE_GRPC_TARGET" secret:"all"`
	KeysFile         string        `env:"AISLE_KEYS_FILE" help:"JSON file of the keys that may call; without one nobody may"`
	CodeSecret       string        `env:"AISLE_CODE_SECRET" help:"32 characters or more that pickup codes, links, receipts and what purchases are found by are made from, the same in all processes on one database; empty: one that is kept in the data folder beside a private Postgres, and elsewhere one that ends with the process" secret:"all"`
	LogLevel         string        `env:"AISLE_LOG_LEVEL" default:"info" help:"debug, info, warn or error"`
	Lanes            int           `env:"AISLE_LANES" default:"2" help:"batches under way at once, each on a connection of its own"`
	Readers          int           `env:"AISLE_READERS" default:"8" help:"connections for reads"`
	InFlight         int           `env:"AISLE_IN_FLIGHT" default:"1024" help:"how many reads, and how many writes, may be in line or under way; one more is refused at once"`
	Sharded          bool          `env:"AISLE_SHARDED" default:"false" help:"true on a distributed Postgres: rows are locked shard by shard"`
	SweepEvery       time.Duration `env:"AISLE_SWEEP_EVERY" default:"250ms" help:"how often expired holds are given back"`
	DemandEvery      time.Duration `env:"AISLE_DEMAND_EVERY" default:"5s" help:"how often it is recorded what people look for; 0: it is not"`
	SMTPURL          string        `env:"AISLE_SMTP_URL" help:"where e-mails to customers go out, smtp://user:password@host:587 (STARTTLS) or smtps://host:465; empty: none are sent" secret:"url"`
	MessagesFrom     string        `env:"AISLE_MESSAGES_FROM" help:"who e-mails to customers are from, such as Shop <shop@example.com>"`
	WebhookURL       string        `env:"AISLE_MESSAGES_WEBHOOK_URL" help:"where messages to phones are posted, for a provider of text messages or chats; empty: none are sent" secret:"url"`
	WebhookSecret    string        `env:"AISLE_MESSAGES_WEBHOOK_SECRET" help:"16 bytes or more that these are signed with; whsec_ and base64, or any text" secret:"all"`
	PublicURL        string        `env:"AISLE_PUBLIC_URL" help:"where the shop shows a customer her order: messages link to it, followed by the order's id; empty: they have no link"`
	CartURL          string        `env:"AISLE_CART_URL" help:"where the shop shows customers their carts: messages of carts link to it; empty: they have no link"`
	PayURL           string        `env:"AISLE_PAY_URL" help:"where the shop lets a customer pay by a link: followed by the link's token; empty: links are sent to nobody"`
	Payments         string        `env:"AISLE_PAYMENTS" help:"who takes payments by card: stripe, or test, which takes no money; empty: nobody"`
	StripeKey        string        `env:"AISLE_STRIPE_KEY" help:"the secret key of the account at Stripe, for AISLE_PAYMENTS=stripe" secret:"all"`
	PaymentsSecret   string        `env:"AISLE_PAYMENTS_WEBHOOK_SECRET" help:"what the webhooks of AISLE_PAYMENTS are signed with; empty: none are taken" secret:"all"`
	PaymentsEvery    time.Duration `env:"AISLE_PAYMENTS_EVERY" default:"1s" help:"how often it is looked for what AISLE_PAYMENTS was not asked, or has not answered"`
	Carrier          string        `env:"AISLE_CARRIER" help:"who is asked for labels of parcels: test, which carries nothing; empty: nobody"`
	CarrierEvery     time.Duration `env:"AISLE_CARRIER_EVERY" default:"1s" help:"how often it is looked for what AISLE_CARRIER was not asked, or has not answered"`
	DrainTime        time.Duration `env:"AISLE_DRAIN_TIME" default:"20s" help:"how long a shutdown waits for work in flight"`

	// Services and Gateway are flags of `aisle serve`.
	Services []string
	Gateway  bool
	// Mailbox shows messages on a page and sends none, as the demo does.
	Mailbox bool
	// PaymentProvider takes payments instead of the one that Payments names, in tests.
	PaymentProvider provider.Provider
	// PaymentsCrash lets who asks it die between steps, in tests.
	PaymentsCrash func(at string) error
	// ParcelCarrier is asked for labels instead of the one that Carrier names, and CarrierCrash lets who asks it die between steps, in tests.
	ParcelCarrier carrier.Carrier
	CarrierCrash  func(at string) error
}

// ServiceNames are the services that a process can run.
var ServiceNames = []string{
	"catalog", "locations", "stock", "deliveries", "counts", "demand", "replenishment", "reports", "promotions", "carts", "orders",
	"fulfilments", "returns", "invoices", "customers", "payments", "tills", "messages", "events",
}

// fields calls each with every field that has a variable.
func (c *Config) fields(each func(field reflect.StructField, value reflect.Value)) {
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.Tag.Get("env") != "" {
			each(field, v.Field(i))
		}
	}
}

// LoadConfig reads the environment, and refuses all that is wrong at once, naming the variables.
func LoadConfig(getenv func(string) string) (Config, error) {
	c := Config{Services: slices.Clone(ServiceNames), Gateway: true}
	var wrong []error
	c.fields(func(field reflect.StructField, value reflect.Value) {
		name := field.Tag.Get("env")
		text := getenv(name)
		if text == "" {
			text = field.Tag.Get("default")
		}
		if err := set(value, text); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, err))
		}
	})
	if err := c.validate(); err != nil {
		wrong = append(wrong, err)
	}
	return c, errors.Join(wrong...)
}

func set(value reflect.Value, text string) error {
	switch value.Interface().(type) {
	case string:
		value.SetString(text)
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		value.SetInt(int64(n))
	case bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		value.SetBool(b)
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration such as 250ms", text)
		}
		value.SetInt(int64(d))
	}
	return nil
}

func (c *Config) validate() error {
	var wrong []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	for name, text := range map[string]string{"AISLE_DATABASE_URL": c.DatabaseURL, "AISLE_DATABASE_OWNER_URL": c.DatabaseOwnerURL} {
		parsed, err := url.Parse(text)
		check(text == "" || err == nil && strings.HasPrefix(parsed.Scheme, "postgres"), "%s: must look like postgres://user@host/database", name)
	}
	check(c.Lanes >= 1 && c.Lanes <= 64, "AISLE_LANES: must be 1 to 64")
	check(c.Readers >= 1 && c.Readers <= 1000, "AISLE_READERS: must be 1 to 1000")
	check(c.InFlight >= 1 && c.InFlight <= 1_000_000, "AISLE_IN_FLIGHT: must be 1 to 1000000")
	check(c.SweepEvery >= 10*time.Millisecond && c.SweepEvery <= time.Second, "AISLE_SWEEP_EVERY: must be 10ms to 1s, for an expired hold is given back within a second")
	check(c.DemandEvery == 0 || c.DemandEvery >= 100*time.Millisecond && c.DemandEvery <= time.Hour, "AISLE_DEMAND_EVERY: must be 0, or 100ms to 1h")
	check(c.CodeSecret == "" || len(c.CodeSecret) >= fulfilments.SecretMin, "AISLE_CODE_SECRET: must have %d characters or more", fulfilments.SecretMin)
	_, _, err := c.senders()
	check(err == nil, "%v", err)
	for name, text := range map[string]string{"AISLE_PUBLIC_URL": c.PublicURL, "AISLE_PAY_URL": c.PayURL, "AISLE_CART_URL": c.CartURL} {
		public, err := url.Parse(text)
		check(text == "" || err == nil && (public.Scheme == "https" || public.Scheme == "http") && public.Host != "",
			"%s: must look like https://shop.example.com/orders", name)
	}
	check(c.Payments == "" || c.Payments == "test" || c.Payments == "stripe", "AISLE_PAYMENTS: must be stripe, test, or empty")
	check(c.Payments != "stripe" || c.StripeKey != "" && c.PublicURL != "",
		"AISLE_PAYMENTS: stripe needs AISLE_STRIPE_KEY, and AISLE_PUBLIC_URL, where customers come back to who agreed at their bank")
	check(c.PaymentsEvery >= 10*time.Millisecond && c.PaymentsEvery <= time.Hour, "AISLE_PAYMENTS_EVERY: must be 10ms to 1h")
	check(c.Carrier == "" || c.Carrier == "test", "AISLE_CARRIER: must be test, or empty")
	check(c.CarrierEvery >= 10*time.Millisecond && c.CarrierEvery <= time.Hour, "AISLE_CARRIER_EVERY: must be 10ms to 1h")
	check(c.DrainTime >= 0, "AISLE_DRAIN_TIME: must not be negative")
	check(new(slog.LevelVar).UnmarshalText([]byte(c.LogLevel)) == nil, "AISLE_LOG_LEVEL: must be debug, info, warn or error")
	for _, name := range c.Services {
		check(slices.Contains(ServiceNames, name), "--services: there is no service %q; there are %s", name, strings.Join(ServiceNames, ", "))
	}
	return errors.Join(wrong...)
}

// Validate checks the whole again after flags were applied.
func (c *Config) Validate() error { return c.validate() }

// Owner is the URL that migrations use.
func (c *Config) Owner() string {
	if c.DatabaseOwnerURL != "" {
		return c.DatabaseOwnerURL
	}
	return c.DatabaseURL
}

// String prints the configuration without secrets.
func (c Config) String() string {
	var lines []string
	c.fields(func(field reflect.StructField, value reflect.Value) {
		shown := fmt.Sprint(value.Interface())
		switch field.Tag.Get("secret") {
		case "url":
			if parsed, err := url.Parse(shown); err == nil {
				shown = parsed.Redacted()
			} else {
				shown = "(unreadable)"
			}
		case "all":
			if shown != "" {
				shown = "(set)"
			}
		}
		lines = append(lines, field.Tag.Get("env")+"="+shown)
	})
	return strings.Join(lines, " ")
}

// ConfigHelp describes every variable.
func ConfigHelp() string {
	var b strings.Builder
	new(Config).fields(func(field reflect.StructField, _ reflect.Value) {
		fmt.Fprintf(&b, "  %-26s %s", field.Tag.Get("env"), field.Tag.Get("help"))
		if d := field.Tag.Get("default"); d != "" {
			fmt.Fprintf(&b, " (default %s)", d)
		}
		b.WriteString("\n")
	})
	return b.String()
}

// Logger logs to standard error at the configured level.
func (c *Config) Logger() *slog.Logger {
	var level slog.LevelVar
	_ = level.UnmarshalText([]byte(c.LogLevel)) // validated
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: &level}))
}

// AlarmsOnly logs nothing but faults of ours: for a process that serves itself alone and reports in its own words.
func AlarmsOnly() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
}
