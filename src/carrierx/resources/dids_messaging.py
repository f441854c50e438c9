"""Messaging on a number: whether it is enabled, and enabling it. The same for DIDs and external DIDs."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from carrierx.resources.context import SyncResource
from carrierx.resources.dids_calls import disable_call, enable_call, enablement_call
from carrierx.resources.dids_plans import becoming_enabled

if TYPE_CHECKING:
    from typing import Unpack

    from carrierx.models.messaging_enablement import MessagingEnablement, MessagingKind
    from carrierx.options import CallOptions
    from carrierx.resources.dids_calls import NumberList

__all__ = ["NumberMessaging"]


class NumberMessaging(SyncResource):
    """What `client.dids` and `client.external_dids` can do about messaging."""

    _numbers: ClassVar[NumberList]

    def get_messaging(self, did_sid: str, **options: Unpack[CallOptions]) -> MessagingEnablement:
        """Read whether messaging is enabled on a number.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            How it stands.

        Raises:
            NotFoundError: There is no such number, or it is able to do no messaging at all.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: The answer can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's pages on messaging information for DIDs and external DIDs.

        Example:
            >>> did = client.dids.list(limit=1)[0]
            >>> client.dids.get_messaging(did.did_sid).did_sid == did.did_sid
            True
        """
        return self._execute(enablement_call(self._numbers, did_sid), options)

    def enable_messaging(
        self,
        did_sid: str,
        *,
        type: MessagingKind = "a2p",  # noqa: A002 - the API's name
        campaign_sid: str | None = None,
        p2p_nnid: str | None = None,
        force: bool = False,
        **options: Unpack[CallOptions],
    ) -> MessagingEnablement:
        """Ask for messaging to be enabled on a number. CarrierX charges a monthly fee for it.

        The fee (USD 0.03 a number, by CarrierX's page) is charged for the whole month at once, whatever the day. So the
        request is made again only if the attempt before was proven not to have reached CarrierX, or was answered with
        429. Enabling takes seconds, at times minutes: see `wait_until_enabled`.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            type: `a2p`, or `p2p`, which CarrierX's support has to allow first.
            campaign_sid: The 10DLC campaign that the number is to send for; with `a2p` only.
            p2p_nnid: The NetNumber id; with `p2p` only.
            force: Change type, campaign or NetNumber id of a number that is enabled already, in one step.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            How it stands: `in_progress`, as a rule.

        Raises:
            InvalidArgumentError: Arguments don't go together. Nothing was sent.
            UnconfirmedSendError: It may have been done: see by `get_messaging`.
            NotFoundError: There is no such number, or it is able to do no messaging at all.
            APIError: CarrierX refused it.
            TransportError: It was proven not to have reached CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.create`; one version of CarrierX's page asks for both.
        Source: CarrierX's pages on enabling messaging for DIDs and external DIDs.

        Example:
            >>> did = client.dids.list(limit=1)[0]
            >>> client.dids.enable_messaging(did.did_sid).enabled
            True
        """
        call = enable_call(self._numbers, did_sid, type, campaign_sid, p2p_nnid, force)
        return self._execute(call, options)

    def disable_messaging(self, did_sid: str, **options: Unpack[CallOptions]) -> MessagingEnablement:
        """Disable messaging on a number: it can no longer send or receive messages.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`; see `CallOptions`.

        Returns:
            How it stands.

        Raises:
            UnconfirmedSendError: It may have been done: see by `get_messaging`.
            NotFoundError: There is no such number, or it is able to do no messaging at all.
            APIError: CarrierX refused it.
            TransportError: It was proven not to have reached CarrierX.

        Scopes: `phonenumber.manage` or `phonenumber.create`; one version of CarrierX's page asks for both.
        Source: CarrierX's pages on disabling messaging for DIDs and external DIDs.

        Example:
            >>> did = client.dids.list(limit=1)[0]
            >>> client.dids.disable_messaging(did.did_sid).enabled
            False
        """
        return self._execute(disable_call(self._numbers, did_sid), options)

    def wait_until_enabled(
        self, did_sid: str, *, within: float = 300.0, **options: Unpack[CallOptions]
    ) -> MessagingEnablement:
        """Read again and again until messaging is enabled on a number.

        Args:
            did_sid: The number's SID; of an external DID its `external_did_sid`.
            within: Seconds to wait at most.
            **options: `timeout`, `total_timeout`, `max_retries`, `extra_headers`, for each read; see `CallOptions`.

        Returns:
            How it stands: `enabled`.

        Raises:
            EnablementFailedError: CarrierX could not enable it; this comes at once.
            WaitTimeoutError: It is not enabled yet. Its `did_sid` is the number's SID.
            InvalidArgumentError: The time is none.
            NotFoundError: There is no such number, or it is able to do no messaging at all.
            APIError: CarrierX refused the request.
            TransportError: No answer came.
            ResponseError: An answer can't be read.

        Scopes: `phonenumber.manage` or `phonenumber.read`.
        Source: CarrierX's pages on messaging enablement, which name the statuses.

        Example:
            >>> did = client.dids.list(limit=1)[0]
            >>> asked = client.dids.enable_messaging(did.did_sid)
            >>> client.dids.wait_until_enabled(did.did_sid, within=300).status
            EnablementStatus('enabled')
        """
        call = enablement_call(self._numbers, did_sid)
        return self._follow(becoming_enabled(call, within, self._context.config.clock), options)
