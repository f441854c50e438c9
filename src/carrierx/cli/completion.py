"""`carrierx completion`: a script that makes a shell complete commands and options."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from carrierx.cli.session import Session, command

__all__ = ["Shell", "completion"]

# They ask the command itself, with the variables that Typer defines.
_SCRIPTS = {
    "bash": """\
_carrierx_completion() {
    local IFS=$'\\n'
    COMPREPLY=($(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" _CARRIERX_COMPLETE=complete_bash "$1"))
    return 0
}

complete -o default -F _carrierx_completion carrierx
""",
    "zsh": """\
#compdef carrierx

_carrierx_completion() {
    eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _CARRIERX_COMPLETE=complete_zsh carrierx)
}

compdef _carrierx_completion carrierx
""",
    "fish": """\
complete --command carrierx --no-files \\
    --arguments "(env _CARRIERX_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \\
_TYPER_COMPLETE_ARGS=(commandline -cp) carrierx)" \\
    --condition "env _CARRIERX_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=is-args \\
_TYPER_COMPLETE_ARGS=(commandline -cp) carrierx"
""",
}


class Shell(Enum):
    """A shell that can complete."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@command
def completion(
    session: Session, shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="The shell.")]
) -> None:
    """Print a script that makes a shell complete commands and options."""
    script = _SCRIPTS[shell.value]
    if session.json:
        from carrierx.cli.documents import CompletionScript

        session.show(CompletionScript(shell=shell.value, script=script).to_json(), ())
        return
    from carrierx.cli.output import write_text

    write_text(script.removesuffix("\n"))
