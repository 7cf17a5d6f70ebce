package demo

// family is a kind of thing: what all its models share.
type family struct {
	noun, department, sizes string
	// cents is what the first model costs in euros; each further one costs a little more.
	cents int64
	// fit and care are said of every model of the family.
	fit, care string
	models    []model
}

// model is one product: a name, and what is particular about it.
type model struct{ name, about, colours string }

// families are the assortment: thirty kinds of five models each.
var families = []family{
	{"shirt", "Shirts", "letter", 5900, "Cut straight, to be worn in or out.", "Wash at 40 degrees, iron while damp.", []model{
		{"Alba linen", "Washed linen from Normandy flax that softens with every summer.", "white sand sky"},
		{"Tomás oxford", "A dense oxford weave with a button-down collar that holds without a tie.", "white blue rose"},
		{"Nerea poplin", "Crisp two-ply poplin, with mother-of-pearl buttons and a curved hem.", "white ink"},
		{"Iker flannel", "Brushed on the inside only, so that it warms and does not pill.", "moss brick charcoal"},
		{"Livia silk", "Sand-washed silk with a matt face and a hidden placket.", "ivory ink rose"}}},
	{"T-shirt", "Tops", "letter", 2500, "Regular length, with a collar that keeps its shape.", "Wash at 30 degrees, inside out.", []model{
		{"Pau heavy cotton", "Two hundred and twenty grams of combed cotton: it does not show what is under it.", "white black ecru moss"},
		{"Mar striped", "Breton stripes knitted in, not printed, eleven to the front.", "navy brick"},
		{"Enzo pocket", "With a chest pocket just large enough for a train ticket.", "white charcoal sky"},
		{"Greta ribbed", "Fine rib that follows the body and stretches back overnight.", "black ivory rose"},
		{"Olmo hemp", "A hemp and cotton jersey, dry to the touch on hot days.", "sand moss"}}},
	{"polo shirt", "Tops", "letter", 4500, "A little shorter behind, to stay tucked.", "Wash at 30 degrees, dry flat.", []model{
		{"Remo piqué", "Honeycomb piqué with a two-button placket.", "white navy moss"},
		{"Duarte knitted", "Knitted like a fine jumper, with an open collar.", "ink sand"},
		{"Lia cropped", "Ends at the waist, to go with high trousers.", "ivory brick"},
		{"Karl terry", "Terry on the inside, for after a swim.", "sky ecru"},
		{"Vasco long-sleeved", "Long sleeves with a ribbed cuff, for spring mornings.", "navy charcoal"}}},
	{"jumper", "Knitwear", "letter", 8900, "Falls loosely; take your own size.", "Wash by hand, or air it overnight.", []model{
		{"Brisa merino", "Extra-fine merino, thin enough to wear beneath a jacket.", "ink ecru moss"},
		{"Aran cable", "Four cables on the front, knitted from undyed wool.", "ecru charcoal"},
		{"Noor cashmere", "Two-ply cashmere combed in spring, with saddle shoulders.", "sand rose charcoal"},
		{"Lluc cotton", "Chunky cotton that breathes, for people whom wool scratches.", "white navy"},
		{"Faro half-zip", "A brass zip up to the chin and a lined collar.", "moss ink"}}},
	{"cardigan", "Knitwear", "letter", 9900, "Cut to be worn over a shirt.", "Wash by hand, dry flat.", []model{
		{"Selma boiled wool", "Boiled wool without a lining, warm as a jacket.", "brick charcoal"},
		{"Ona long", "Reaches the knee, with two deep pockets.", "sand ink"},
		{"Bruno shawl", "A shawl collar and leather buttons.", "moss charcoal"},
		{"Teia mohair", "A cloud of kid mohair on a silk thread.", "rose ivory"},
		{"Joel fine-gauge", "Twelve-gauge merino with a V neck.", "navy ecru"}}},
	{"sweatshirt", "Tops", "letter", 5500, "Dropped shoulders, ribbed hem.", "Wash at 30 degrees, do not tumble.", []model{
		{"Rec loopback", "Loopback cotton, four hundred grams, knitted slowly.", "ecru black moss"},
		{"Mila hooded", "A double hood without cords, to lie flat under a coat.", "charcoal rose"},
		{"Iago raglan", "Raglan sleeves and flat seams for cycling.", "navy sand"},
		{"Vera cropped", "Short body, long sleeves, raw hem.", "ivory brick"},
		{"Otto zipped", "A two-way zip, and pockets lined with jersey.", "black moss"}}},
	{"jeans", "Trousers", "waist", 8900, "Sits on the waist.", "Wash rarely, at 30 degrees, inside out.", []model{
		{"Bosc straight", "Rigid denim of thirteen ounces that learns how you sit.", "indigo black"},
		{"Vall wide", "Wide from the hip down, to break once on the shoe.", "indigo ecru"},
		{"Ria slim", "A hint of stretch, and a tapered leg.", "indigo charcoal"},
		{"Torre selvedge", "Woven on shuttle looms; turn them up to show the edge.", "indigo"},
		{"Nuvo relaxed", "Bleached by ozone, with a fifth of the usual water.", "sky ecru"}}},
	{"chinos", "Trousers", "waist", 7500, "Regular rise, tapered below the knee.", "Wash at 40 degrees.", []model{
		{"Pere twill", "Garment-dyed twill with a dry hand.", "sand moss navy"},
		{"Lino pleated", "Two pleats and a wool waistband that grips the shirt.", "ecru ink"},
		{"Sergi stretch", "Two percent elastane, for those who cycle to work.", "charcoal sand"},
		{"Elda cropped", "Ends above the ankle.", "white brick"},
		{"Hugo corduroy", "Fourteen-wale corduroy that catches the light.", "moss brick charcoal"}}},
	{"trousers", "Trousers", "letter", 8500, "High waist, with an elastic panel behind.", "Wash at 30 degrees, hang to dry.", []model{
		{"Cala wide linen", "Linen and viscose, with a leg that moves.", "sand ink white"},
		{"Mireia pleated", "Deep pleats in a wool blend that does not crease on a train.", "charcoal moss"},
		{"Zoe drawstring", "A drawstring, and the drape of pyjamas one may go out in.", "black rose"},
		{"Inês culotte", "Mid-calf and wide as a skirt.", "ink brick"},
		{"Nil track", "Jersey with a pressed crease, between sport and office.", "navy charcoal"}}},
	{"shorts", "Trousers", "letter", 4900, "Ends above the knee.", "Wash at 40 degrees.", []model{
		{"Port swim", "Dries in half an hour; the mesh is made of old nets.", "navy brick sky"},
		{"Arn linen", "An elastic waist and deep pockets.", "sand white"},
		{"Cap chino", "Cotton twill with a turned-up hem.", "ecru moss"},
		{"Ula bermuda", "Tailored like trousers, cut at the knee.", "ink sand"},
		{"Sol denim", "Raw hem, light wash.", "sky ecru"}}},
	{"skirt", "Skirts and dresses", "letter", 6500, "Sits on the waist, with a side zip.", "Wash at 30 degrees.", []model{
		{"Flora midi", "Cut on the bias, so that it swings.", "ink rose"},
		{"Dalia pleated", "A hundred and twelve pleats, set by steam.", "moss brick"},
		{"Emma denim", "A-line, buttoned in front from top to hem.", "indigo ecru"},
		{"Pia wrap", "Ties on the left, and stays where it is.", "sand black"},
		{"Noa knitted", "Knitted in one piece, without a side seam.", "charcoal ivory"}}},
	{"dress", "Skirts and dresses", "letter", 11900, "Falls just below the knee.", "Wash at 30 degrees, iron on the wrong side.", []model{
		{"Carmen wrap", "Crêpe de Chine with a print drawn by hand in Poblenou.", "ink brick"},
		{"Rosa shirt", "A shirt that grew: belt it or let it hang.", "white sky moss"},
		{"Ivet slip", "Heavy satin with adjustable straps.", "ivory black"},
		{"Laia linen", "Sleeveless, with pockets in the seams.", "sand brick"},
		{"Marta knitted", "Fine merino, ribbed at the waist.", "charcoal rose"}}},
	{"blazer", "Jackets", "letter", 17900, "Soft shoulders, half lined.", "Dry clean.", []model{
		{"Oriol hopsack", "An open weave that keeps its shape in a suitcase.", "navy charcoal"},
		{"Clara double", "Double-breasted, with peak lapels and a long line.", "black sand"},
		{"Bernat linen", "Unlined, to be thrown over a T-shirt.", "ecru moss"},
		{"Alma velvet", "Cotton velvet for evenings.", "ink brick"},
		{"Toni jersey", "Cut like a jacket, sewn like a cardigan.", "navy moss"}}},
	{"jacket", "Jackets", "letter", 13900, "Room for a jumper beneath.", "Wipe with a damp cloth.", []model{
		{"Moll chore", "Three pockets in moleskin, after a French workshop coat.", "blue moss ecru"},
		{"Ada bomber", "Recycled nylon with a matt face and knitted cuffs.", "black moss"},
		{"Roc trucker", "Rigid denim, pleated in front.", "indigo ecru"},
		{"Gala quilted", "Quilted in diamonds, filled with recycled down.", "sand ink"},
		{"Neu fleece", "High pile fleece with a wind-proof yoke.", "ecru charcoal"}}},
	{"coat", "Coats", "letter", 24900, "Cut wide, in two lengths of sleeve by size.", "Dry clean once a season, brush often.", []model{
		{"Vent trench", "Gabardine that lets the rain run off, with a storm flap.", "sand ink"},
		{"Serra overcoat", "Melton wool of seven hundred grams, with raglan sleeves.", "charcoal moss"},
		{"Lluna wrap", "No buttons: a belt, and double-faced wool.", "ivory brick"},
		{"Pol parka", "A hood lined with wool and a drawstring waist.", "moss black"},
		{"Aurora puffer", "Filled with plant fibre and closed by snaps.", "black rose"}}},
	{"raincoat", "Coats", "letter", 12900, "Cut to go over a blazer.", "Rinse, hang to dry, do not iron.", []model{
		{"Xàfec long", "Welded seams and a hood with a peak.", "moss black"},
		{"Gota short", "Packs into its own pocket.", "ink brick"},
		{"Boira matt", "Coated cotton that looks like no raincoat.", "sand charcoal"},
		{"Tramuntana", "Made for the wind of the north: cuffs close twice.", "navy"},
		{"Pluja poncho", "Covers a rucksack, or a child on the shoulders.", "moss sky"}}},
	{"sneakers", "Shoes", "shoe", 11900, "True to size.", "Brush dry, wax twice a year.", []model{
		{"Passeig leather", "Vegetable-tanned leather on a sole that can be replaced.", "white black"},
		{"Rambla canvas", "Organic canvas and natural rubber.", "ecru navy brick"},
		{"Metro running", "Suede and mesh, after a shoe of 1984.", "charcoal moss"},
		{"Platja slip-on", "Elastic at the sides, no laces.", "sand ink"},
		{"Cim high", "Padded to the ankle.", "white black"}}},
	{"boots", "Shoes", "shoe", 18900, "Half a size large: take insoles or thick socks.", "Wax before the first rain.", []model{
		{"Corder chelsea", "Waxed suede, stitched through to the sole.", "sand charcoal"},
		{"Vinya ankle", "A block heel of five centimetres.", "black brick"},
		{"Bosque lace-up", "Speed hooks, and a sole for cobblestones and mud.", "moss black"},
		{"Neret rain", "Natural rubber, matt.", "moss ink"},
		{"Ferrer work", "A storm welt, and leather that will outlast the laces.", "black"}}},
	{"sandals", "Shoes", "shoe", 7900, "Runs wide.", "Keep out of the sun when wet.", []model{
		{"Menorca avarca", "Two straps, and a sole of old tyres.", "sand white brick"},
		{"Tarifa trek", "Webbing with three closures.", "black moss"},
		{"Siena fisherman", "Woven leather, closed at the toe.", "brick black"},
		{"Capri mule", "Slips on, and stays on.", "ivory ink"},
		{"Delos gladiator", "Laces around the ankle.", "sand black"}}},
	{"loafers", "Shoes", "shoe", 14900, "Take half a size down.", "Use shoe trees.", []model{
		{"Prado penny", "Unlined calf that needs no breaking in.", "black brick"},
		{"Retiro tassel", "Suede, with tassels one is allowed to cut off.", "sand navy"},
		{"Sol driving", "Rubber nubs, for cars and kitchens.", "moss ink"},
		{"Chamberí lug", "A lug sole beneath a classic upper.", "black"},
		{"Olite soft", "Folds flat for a handbag.", "rose black"}}},
	{"socks", "Accessories", "sock", 1200, "Linked toes, no seam to feel.", "Wash at 40 degrees.", []model{
		{"Llana rib", "Merino and nylon, eight ribs to the inch.", "charcoal moss brick"},
		{"Corda hiking", "Terry under the foot.", "moss navy"},
		{"Fil ankle", "Disappears in a sneaker.", "white black"},
		{"Punt dotted", "Dots of two sizes.", "ink rose"},
		{"Nit bed", "Knitted loosely, for cold floors.", "ecru"}}},
	{"belt", "Accessories", "belt", 4500, "Measured from buckle to middle hole.", "Feed the leather once a year.", []model{
		{"Gual harness", "Bridle leather with a solid brass buckle.", "black brick"},
		{"Trena woven", "Woven leather that closes anywhere.", "sand moss"},
		{"Fina narrow", "Two centimetres wide, for dresses.", "black ivory"},
		{"Pista webbing", "Cotton webbing with a D ring.", "moss navy"},
		{"Doble reversible", "Turn the buckle, and it is another belt.", "black"}}},
	{"scarf", "Accessories", "one", 5900, "A metre ninety long, fringed.", "Wash by hand.", []model{
		{"Boreal lambswool", "Woven in the Pyrenees from lambs' first wool.", "moss brick charcoal"},
		{"Seda square", "Silk twill, rolled by hand.", "ink rose"},
		{"Glaç cashmere", "So light that it is forgotten.", "ecru charcoal"},
		{"Estiu cotton", "Gauze, for air-conditioned trains.", "white sky"},
		{"Tarda checked", "A check from an old travelling rug.", "moss navy"}}},
	{"hat", "Accessories", "hat", 3900, "Unisex.", "Brush dry.", []model{
		{"Pescador bucket", "Reversible, plain and striped.", "sand navy"},
		{"Roca beanie", "Ribbed merino, folded once.", "charcoal brick moss"},
		{"Palma straw", "Plaited palm from Mallorca.", "sand"},
		{"Visera cap", "Six panels, unstructured, with a brass slider.", "navy ecru"},
		{"Boina beret", "Felted in Tolosa, and waterproof for an hour.", "black brick"}}},
	{"gloves", "Accessories", "glove", 4900, "Measure around the knuckles.", "Dry slowly, away from heat.", []model{
		{"Cabra leather", "Goat leather lined with silk.", "black brick"},
		{"Ull touch", "Conductive thread in two fingers.", "charcoal"},
		{"Llop shearling", "Turned out shearling.", "sand"},
		{"Pont cycling", "Crocheted backs and padded palms.", "ecru black"},
		{"Maó mittens", "Knitted double.", "brick moss"}}},
	{"bag", "Bags", "one", 9900, "With a pocket for a telephone inside.", "Wipe with a damp cloth.", []model{
		{"Mercat tote", "Waxed canvas that stands by itself.", "ecru moss"},
		{"Tren weekender", "Takes two nights, and goes under the seat.", "black moss"},
		{"Llibre messenger", "A sleeve for a computer of fourteen inches.", "charcoal brick"},
		{"Nansa shoulder", "One strap, one zip, soft leather.", "black sand"},
		{"Cim rucksack", "Roll top, eighteen litres.", "moss ink"}}},
	{"wallet", "Bags", "one", 3900, "Fits a trouser pocket.", "Feed the leather once a year.", []model{
		{"Targeta card holder", "Five cards, and a slot for notes.", "black brick"},
		{"Moneda zip", "Coins on one side, notes on the other.", "moss black"},
		{"Viatge passport", "Passport, boarding pass, pen.", "ink"},
		{"Clau key case", "Six keys that do not jingle.", "brick black"},
		{"Plec folded", "Folded from one piece, without a stitch.", "sand black"}}},
	{"pyjamas", "Home", "letter", 6900, "A shirt and trousers.", "Wash at 40 degrees.", []model{
		{"Coixí poplin", "Piped edges, and buttons that hold.", "white sky"},
		{"Migdia jersey", "Soft as a T-shirt of ten summers.", "charcoal rose"},
		{"Lluna flannel", "Brushed on both sides.", "brick moss"},
		{"Brisa gauze", "Double gauze, for hot nights.", "white sand"},
		{"Son silk", "Washable silk.", "ink ivory"}}},
	{"swimsuit", "Swim", "letter", 5900, "Lined in front.", "Rinse in fresh water, dry in the shade.", []model{
		{"Onada racer", "A racing back, and fabric that bears chlorine.", "navy black"},
		{"Cala halter", "Ties at the neck.", "brick ink"},
		{"Sal bandeau", "Removable straps.", "ivory black"},
		{"Fons one-shoulder", "Ribbed yarn from old fishing nets.", "moss rose"},
		{"Marea long-sleeved", "Sun protection fifty, for surfers.", "navy sky"}}},
	{"book", "Books", "one", 2400, "Bound in cloth.", "Keep away from the bath.", []model{
		{"Mending", "A handbook of darning, patching and turning collars, with three hundred drawings.", "paper"},
		{"Linen", "From blue flowers to a white shirt: a field, a mill and a loom in photographs.", "paper"},
		{"The Weaver's Year", "Twelve months at a hand loom in the Pyrenees.", "paper"},
		{"Pockets", "A short history of who was allowed to have them.", "paper"},
		{"Colour by Plants", "Madder, weld and woad: forty recipes for dyeing at home.", "paper"}}},
}

// sizeRuns are the sizes of each system, in their own order.
var sizeRuns = map[string][]string{
	"letter": {"XS", "S", "M", "L", "XL", "XXL"},
	"waist":  {"28", "30", "32", "34", "36"},
	"shoe":   {"36", "37", "38", "39", "40", "41", "42", "43", "44", "45"},
	"sock":   {"35-38", "39-42", "43-46"},
	"belt":   {"80", "90", "100"},
	"hat":    {"S/M", "L/XL"},
	"glove":  {"7", "8", "9"},
	"one":    {"One size"},
}
