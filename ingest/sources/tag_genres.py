"""Which of the tags that listeners write are genres (``dream pop``), and which are not (``seen live``, ``80s``).

The rule: squash the tag to letters and digits; it is a genre where it is one of ``WHOLE``, or any number of
``MODIFIERS`` (roots may modify too) followed by one of ``ROOTS``: progressive + death + metal. The words were chosen by
us; they cover what is written often, not what exists.
"""

from __future__ import annotations

import re

from ingest.names import squashed


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ROOTS = _words(
    """
    ambient americana bass beat beats blues bop bossanova breakbeat breakcore breaks britpop chanson classical core
    country crust dance dancehall disco doom downtempo drone drumandbass dub dubstep ebm edm electro electronic
    electronica emo fado flamenco folk funk fusion garage glitch gospel goth gothic grime grindcore groove grunge
    hardcore hardstyle hiphop house idm indie industrial jangle jazz jungle klezmer krautrock latin lofi lounge
    merengue metal metalcore minimalism motown neofolk newage newwave noise oi opera orchestral polka pop postrock
    powerviolence psychedelia punk ragga ragtime rai rap rapcore reggae reggaeton rnb rock rocksteady rumba salsa
    samba schlager screamo shoegaze ska skiffle sludge soul surf swing symphonic synth synthpop tango techno thrash
    trance triphop turntablism vallenato wave
    """
)
MODIFIERS = _words(
    """
    abstract acid acoustic adult african afro alt alternative ambient american anarcho arena art atmospheric
    australian avantgarde baroque bedroom bit black blackened bleep brazilian brit british brutal bubblegum cabaret
    canadian cello celtic chamber chicago chill christian classic club comedy conscious contemporary cool cosmic cow
    cuban cyber dark death deep delta depressive desert detroit digital dirty downtown dream dutch early eastcoast
    easy epic ethereal ethno euro eurodance european experimental extreme finnish freak free french funeral future
    gangsta german glam global goa gospel greek gypsy happy hard heavy hellenic horror icelandic indie industrial
    instrumental intelligent irish italian italo j japanese k korean latin liquid lite lo lounge math medieval
    mellow melodic micro minimal modern nasheed nashville neo neoclassical new nordic norwegian nu occult old
    oldschool operatic orchestral outlaw pagan piano polish political pop post power pre prog progressive proto psy
    psych psychedelic pub queer raw regressive retro riot roots russian sad scandinavian schranz shock
    singersongwriter skate sleaze slow smooth soft southern southerngothic space spanish speed stoner straightedge
    street suicidal sunshine swamp swedish symphonic synth tech technical teen texas thrash traditional tribal
    tropical turkish twee uk underground urban us vegan viking violin vocal war westcoast world worship
    """
)
WHOLE = _words(
    """
    8bit acappella acoustic adultcontemporary alternative anatolianrock avantgarde axe balearic bluegrass bolero
    cajun calypso celtic chillout chillwave chiptune choral coldwave collegerock contemporaryclassical cumbia
    darkambient darkcabaret darkwave deathcore deathgrind dixieland dreampop drill easylistening electroclash
    ethereal eurodance experimental forro freakfolk gabber gamelan glam goa goregrind grind hairmetal hauntology
    hyphy illbient indietronica instrumentalhiphop italodisco jpop jrock kpop kuduro mariachi martial mathcore
    mbalax medieval mod mpb musicalcomedy neoclassical newrave newromantic noisecore nowave nwobhm oldies opera
    plunderphonics porngrind pornogrind postpunk progressive psychedelic psychobilly psytrance quietstorm riotgrrrl
    rockabilly rockandroll rocknroll sertanejo singersongwriter soukous soundtrack spokenword steampunk stonerrock
    synthwave tejano tropicalia twee visualkei witchhouse worldmusic zouk zydeco
    """
)
ALIASES = {
    "randb": "rnb",
    "rhythmandblues": "rnb",
    "dnb": "drumandbass",
    "drumnbass": "drumandbass",
    "hiphoprap": "hiphop",
    "prog": "progressive",
    "altrock": "alternativerock",
    "electronicmusic": "electronic",
    "electronicdance": "edm",
    "rocknroll": "rockandroll",
    "singersongwriters": "singersongwriter",
    "tropicalismo": "tropicalia",
    "chill": "chillout",
    "world": "worldmusic",
    "soundtracks": "soundtrack",
}
_COMPOUND = re.compile(f"(?:{'|'.join(sorted(MODIFIERS | ROOTS))})*(?:{'|'.join(sorted(ROOTS))})")


def genre_key(tag: str) -> str | None:
    """The squashed name of the genre that ``tag`` names, None where it names none."""
    key = squashed(tag)
    key = ALIASES.get(key, key)
    return key if key in WHOLE or _COMPOUND.fullmatch(key) else None
