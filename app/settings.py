"""station.toml as frozen values. The shapes live here; unknown keys and wrong values are errors with file and key.

Layers, later wins: built-in < station.toml < environment (ONECODE_<SECTION>_<KEY>). Each value knows its layer.
"""
from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from app.domain.codes.rule import Rule
from app.domain.optics import Belt, SetUp

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Language = Literal["zh_CN", "en"]
# Signals of the line; True: of a reading position, so several [[trigger]] need "ok-<name>" (with one, "ok" will do).
SIGNALS_IN = {"trigger": True, "trigger_counter": True, "reject_sensor": True, "packer": False,
              "packer_counter": False, "encoder": False, "heartbeat": False}
SIGNALS_OUT = {"ok": True, "ng": True, "number": True, "reject": True, "reject_all": False, "line_stop": False,
               "heartbeat": False, "red": False, "yellow": False, "green": False, "blue": False}


Measure = Literal["off", "record", "warn", "stop"]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Every table of station.toml: unknown keys are refused."""


class StationSection(Section, frozen=True):
    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9_-]{0,19}$")] = "STATION-1"
    name: Text = "Station 1"
    gln: Annotated[str, msgspec.Meta(pattern=r"^\d{13}$")] = "6901234000009"   # of the site; check digit is checked
    language: Language = "zh_CN"
    timezone: str = ""                     # IANA name; "" is the machine's own
    lock_after_min: Positive = 10.0        # nobody scans or touches: the operator is signed out
    training: bool = False                 # shown on every screen


class ServerSection(Section, frozen=True):
    url: str = ""                          # EPCIS repository; "" means no server yet: everything waits in the outbox
    master_url: str = ""                   # master-data feed; "" is `url`
    token: str = ""                        # bearer token
    ca_file: str = ""                      # own certificate authority (PEM)
    gzip: bool = False
    max_events: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    max_bytes: Annotated[int, msgspec.Meta(ge=2_000, le=50_000_000)] = 90_000
    max_children: Annotated[int, msgspec.Meta(ge=10, le=100_000)] = 1_000   # of one AggregationEvent
    dedupe: Literal["none", "ignore", "conflict-batch", "conflict-event"] = "none"
    query_lag_s: Annotated[float, msgspec.Meta(ge=0)] = 5.0
    timeout_s: Positive = 20.0
    master_every_s: Positive = 30.0


class DeviceSection(Section, frozen=True):
    """One device. Which keys count depends on `kind`; a key that the kind does not know is refused on load."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
    kind: Literal["serial", "socket-client", "socket-server", "camera", "keyboard", "printer", "modbus",
                  "relay", "bench"]
    # serial: `path` is a device path, a by-id path, "vid:pid[:serial]" or any pyserial URL (socket://, rfc2217://)
    path: str = ""
    baud: Annotated[int, msgspec.Meta(ge=300, le=4_000_000)] = 115_200
    # socket-client: host and port; socket-server: the address it listens on
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    # serial and sockets: framing
    prefix: str = ""                       # e.g. "\u0002"
    suffix: str = ""                       # "" learns CR, LF or CRLF; else exactly this
    idle_flush_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 100
    separator: str = ""                    # socket readers: between the codes of one telegram
    no_read: str = "NoRead"                # what the reader sends when it saw nothing
    trigger: str = ""                      # sent once after connecting
    group_separator: str = ""              # what stands for GS (0x1D) where the device cannot send it, e.g. "|"
    # camera: exactly one of index ("0"), video file, stream address, folder of pictures
    source: str = ""
    frame_rate: Annotated[float, msgspec.Meta(ge=0, le=240)] = 0.0
    width: Annotated[int, msgspec.Meta(ge=0, le=16_384)] = 0
    height: Annotated[int, msgspec.Meta(ge=0, le=16_384)] = 0
    watch: bool = True                     # folder: wait for new pictures
    symbologies: tuple[str, ...] = ()      # names as zxing-cpp has them: "QRCode", "DataMatrix", "Code128"; empty: all
    expected: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0     # codes in a full frame; 0: not known
    settle_frames: Annotated[int, msgspec.Meta(ge=1, le=100)] = 2  # equal frames before a live picture counts
    single: bool = False                   # live: one code at a time, held up by hand; it counts as soon as it is read
    recipe: str = ""                       # file; "" is recipes/<name>.toml of the home, where it has been learnt
    # printer: exactly one of host, path (serial), queue (of the system's own printers), folder (files instead of paper)
    speaks: Literal["zpl", "zpl-z64", "tspl", "pdf"] = "zpl"
    dpi: Annotated[int, msgspec.Meta(ge=100, le=1200)] = 203
    queue: str = ""
    folder: str = ""
    answers: bool = True                   # it tells its status; False: what was sent counts as printed
    copies: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1           # of each label; a pallet wears two
    levels: tuple[str, ...] = ()           # whose labels it prints; empty: all that no other printer does
    # modbus (host, port), relay (path), bench (path: a file its outputs are noted in): names of signals → addresses
    unit: Annotated[int, msgspec.Meta(ge=0, le=255)] = 1
    poll_ms: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 10     # between two looks at the inputs
    inputs: dict[str, str] = {}            # { packer = "input:1", packer_counter = "register:0" }
    outputs: dict[str, str] = {}           # { ok = "coil:0" }, of a relay { ok = "1" }
    # scanners, readers, cameras: "queue": each reading is a bottle on its way to the packer
    feeds: Literal["", "queue"] = ""
    # any device: what it is sent after a verdict, and only once the event is on the disk (text with \\xNN escapes)
    ok: str = ""
    ng: str = ""


Part = Annotated[float, msgspec.Meta(ge=0, le=1)]
Above0 = Annotated[float, msgspec.Meta(ge=0)]


class RecipeFile(Section, frozen=True):
    """A recipe of its own file: what a camera's picture holds. Anything left out is not known."""

    symbologies: tuple[str, ...] = ()      # "DataMatrix", "QRCode" …; empty: all
    sizes: tuple[Annotated[str, msgspec.Meta(pattern=r"^[1-9]\d{0,2}x[1-9]\d{0,2}$")], ...] = ()    # modules, "22x22"
    rows: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    columns: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    count: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0        # codes in a full picture; 0: rows x columns
    polarity: Literal["either", "dark", "light"] = "either"        # dark modules on light, or light on dark
    side: Above0 = 0.0                     # of a code, in pixels
    region: tuple[Part, Part, Part, Part] = (0.0, 0.0, 1.0, 1.0)   # left, top, width, height as parts of the picture
    lengths: tuple[Annotated[int, msgspec.Meta(ge=1, le=10_000)], ...] = ()   # bytes of a code; empty: any
    gtins: tuple[Annotated[str, msgspec.Meta(pattern=r"^\d{14}$")], ...] = ()    # products; empty: any
    alphabet: Annotated[str, msgspec.Meta(max_length=200)] = ""    # characters that a serial may have; "" any
    # for the optics check
    module_mm: Above0 = 0.0                # a module as printed
    speed_mm_s: Above0 = 0.0               # of the belt, 0: the case stands
    exposure_ms: Above0 = 0.0
    # as measured on the picture that taught it, 0: not measured
    px_module: Above0 = 0.0                # pixels a module
    blur: Above0 = 0.0                     # sigma, in modules

    @property
    def expected(self) -> int:
        """Codes in a full picture, 0 where not known."""
        return self.count or self.rows * self.columns

    @property
    def set_up(self) -> SetUp:
        """The camera as it stood when this was learnt, for the optics check."""
        return SetUp(self.px_module, self.blur, Belt(self.module_mm, self.speed_mm_s, self.exposure_ms))


class TriggerSection(Section, frozen=True):
    """One reading position: what starts a reading, who reads, how long it may take, how far it is to the reject."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_]{1,20}$")]
    readers: tuple[str, ...]               # devices that look at the same thing; what they say is one frame
    by: Literal["signal", "reader", "station"] = "signal"   # an input; every telegram; only the station itself
    fire: str = ""                         # sent to the readers at each trigger; {trigger} is its number
    echo: str = ""                         # regular expression with groups trigger and code: readers that say which
    timeout_ms: Annotated[int, msgspec.Meta(ge=1, le=60_000)] = 500
    late_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 200     # after the time-out an answer may still come
    period_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0     # between two triggers at top speed; 0: not known
    earliest_ms: Annotated[int, msgspec.Meta(ge=-5_000, le=60_000)] = -50   # below 0: the reader is quicker
    pulse_ms: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100    # how long ok and ng stay on
    # how far it is to the reject point: one of the three; none: rejected as soon as it is judged
    reject_after_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 0
    reject_after_triggers: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0
    reject_after_counts: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0     # of the encoder
    reject_pulse_ms: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    confirm_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0    # the reject sensor's time; 0: there is none


class LineSection(Section, frozen=True):
    heartbeat_ms: Annotated[int, msgspec.Meta(ge=50, le=60_000)] = 500           # ours changes as often
    heartbeat_timeout_ms: Annotated[int, msgspec.Meta(ge=100, le=60_000)] = 2_000   # the PLC's may stand still so long
    # the line page
    cases_per_minute: Annotated[float, msgspec.Meta(ge=0, le=1_000)] = 0.0           # the plan; 0: there is none
    stop_after_s: Annotated[float, msgspec.Meta(ge=10, le=3_600)] = 60.0             # nothing closed so long: a stop
    pictures_mb: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 2_000            # kept of no-reads; 0: none
    pictures_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 30


class PackingSection(Section, frozen=True):
    order: str = ""                        # start packing this work order by itself (unattended line)
    operator: str = ""                     # id of the person who answers for an unattended line; signed in at the start
    clearance: bool = True                 # an order takes nothing before the line was looked over and START was given


class LabelSection(Section, frozen=True):
    templates: str = ""                    # folder with own templates, <name>.toml; they come before the built-in ones
    use: dict[str, str] = {}               # level → template, e.g. pallet = "a5"; else the template of the level's name
    company: str = ""                      # stands in the label's free block
    # the station's range of SSCCs: extension digit and company prefix, serials from first to last; "" prints none
    sscc_prefix: str = ""
    sscc_first: Annotated[int, msgspec.Meta(ge=0)] = 0
    sscc_last: Annotated[int, msgspec.Meta(ge=0)] = 0


class WarehouseSection(Section, frozen=True):
    """Where the house stands, and what is done in doubt (see domain/warehouse/policy.py)."""

    partner: str = ""                      # id of the partner that this site is; "" the brand owner's own
    territory: str = ""
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None
    unknown: Literal["refuse", "provisional"] = "refuse"       # a code that nobody announced
    break_pallet: Literal["ask", "refuse"] = "ask"             # a case is taken from a pallet that stays
    fefo: Measure = "warn"                 # younger goods leave while older ones are here
    expired: Measure = "stop"
    life: Measure = "stop"                 # less remaining life than the customer wants
    min_life_days: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    check: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0      # of a hundred containers received how many are opened
    diversion: dict[str, Measure] = {}                         # by brand; "" every other, stop where it says nothing
    speed_km_h: Annotated[int, msgspec.Meta(ge=1, le=2_000)] = 120
    snapshot_key: str = ""                 # public Ed25519 key (base64) that signs the list of assignments
    snapshot_url: str = ""                 # "" is the feed's own


class SoundSection(Section, frozen=True):
    on: bool = True
    volume: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.8
    command: str = ""                      # player of a WAV file; "" finds one (aplay, paplay, afplay)


class StoreSection(Section, frozen=True):
    journal_dir: str = ""                  # ideally on a second disk; "" is inside the home
    min_free_mb: Annotated[int, msgspec.Meta(ge=1)] = 500
    warn_free_mb: Annotated[int, msgspec.Meta(ge=1)] = 5_000
    backup_dir: str = ""


class Settings(Section, frozen=True):
    """The whole of station.toml."""

    station: StationSection = StationSection()
    server: ServerSection = ServerSection()
    packing: PackingSection = PackingSection()
    line: LineSection = LineSection()
    label: LabelSection = LabelSection()
    warehouse: WarehouseSection = WarehouseSection()
    sound: SoundSection = SoundSection()
    store: StoreSection = StoreSection()
    device: tuple[DeviceSection, ...] = ()
    trigger: tuple[TriggerSection, ...] = ()
    rule: tuple[Rule, ...] = ()            # codes of the site that no product's master data describes

    @property
    def read_point(self) -> str:
        """URI of this station as EPCIS readPoint."""
        return f"https://id.gs1.org/414/{self.station.gln}/254/{self.station.id}"

    @property
    def location(self) -> str:
        """URI of the site as EPCIS bizLocation."""
        return f"https://id.gs1.org/414/{self.station.gln}"

    @property
    def queue_sources(self) -> frozenset[str]:
        """The devices whose readings enter the in-line queue."""
        return frozenset(each.name for each in self.device if each.feeds == "queue")
