#!/bin/sh
# A test of an application in any language, with curl alone.
#
#   sh examples/any_language/reminders.sh
#
# This starts an emulator of its own, with the command `carrierx`. To test with one that's running, for example in a
# container named "emulator" and with a password:
#
#   EMULATOR=http://emulator:8025 PASSWORD=correct-horse-battery sh examples/any_language/reminders.sh
set -eu

if [ -n "${EMULATOR:-}" ]; then
    emulator=$EMULATOR
    password=${PASSWORD:-}
    token=${PASSWORD:-carrierx-emulator-demo-token}  # a password is the token, too
else
    printed=$(mktemp)
    carrierx emulator --port 0 --json >"$printed" &
    own_emulator=$!
    trap 'kill "$own_emulator"; wait "$own_emulator" || true; rm -f "$printed"' EXIT
    emulator=
    while [ -z "$emulator" ]; do
        kill -0 "$own_emulator"  # an error if it has stopped
        sleep 0.1
        emulator=$(sed -n 's|.*"inbox": "\(.*\)/", .*|\1|p' "$printed")
    done
    password=
    token=carrierx-emulator-demo-token
fi

ours=15162065575
phone=15162065574

# control METHOD PATH [JSON]: use the control API. An error ends the test, and says what is wrong.
control() {
    curl --silent --show-error --fail-with-body --user ":$password" --request "$1" \
        --header 'content-type: application/json' ${3:+--data "$3"} "$emulator/control/$2" && echo
}

# Your application sends in this place. It has the base URL $emulator/core/v2 and the token $token.
application_sends() {
    curl --silent --show-error --fail-with-body --header "authorization: Bearer $token" \
        --header 'content-type: application/json' \
        --data "{\"from\": \"$ours\", \"to\": \"$phone\", \"message\": \"$1\"}" "$emulator/core/v2/sms/messages" && echo
}

echo '--- The emulator is ready, as at its start, and its clock is held.'
curl --silent --show-error --fail --retry 20 --retry-delay 1 --retry-connrefused "$emulator/control/health"
echo
control POST reset
control POST clock '{"held": true}'

echo '--- The application sends a reminder. Exactly one message matches, or else this is an error.'
application_sends 'Your table is ready at 7.'
control GET "messages?to=$phone&contains=table&status=queued&count=1"

echo '--- Three seconds later, it has arrived.'
control POST clock '{"step": 3}'
control GET "messages?to=$phone&status=delivered&count=1"

echo '--- The guest replies.'
control POST receive "{\"from\": \"$phone\", \"to\": \"$ours\", \"message\": \"STOP\"}"
control GET "messages?direction=inbound&from=$phone&contains=stop&count=1&wait=5"

echo '--- The response to the next send is lost. The message is accepted nevertheless.'
control POST faults '{"kind": "lose_answer", "path": "/sms/messages", "method": "POST", "times": 1}'
if application_sends 'Your table is waiting.'; then
    echo 'The response should have been lost.' >&2
    exit 1
fi
control GET 'messages?contains=waiting&count=1'
control GET 'requests?problems=true&limit=1' | grep '"delivery":"lost"'

echo '--- Back to the start.'
control POST reset
control GET 'messages?count=0'
echo 'All as expected.'
