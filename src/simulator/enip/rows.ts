import type { SimulatedRow } from '../activity.js';
import type { Line } from '../conversations/conversation.js';
import { identityColumns, senderColumns } from '../conversations/identity.js';
import { toSeconds } from '../time.js';
import { type CipRequest, className, SERVICES } from './cipServices.js';
import type { Controller } from './controller.js';
import { COMMANDS, type EnipCommand } from './encapsulation.js';

/** One packet of a conversation. */
export interface Packet {
  /** Microseconds. */
  readonly at: number;
  readonly isOrig: boolean;
  /** Its id in all logs that tell of it. */
  readonly correlation: string;
}

function shared(line: Line, { at, isOrig, correlation }: Packet) {
  return {
    ts: toSeconds(at),
    ...identityColumns(line),
    ...senderColumns(line, isOrig),
    packet_correlation_id: correlation,
  };
}

/** enip.log: one row a message. */
export function enipRow(
  line: Line,
  packet: Packet,
  command: EnipCommand,
  length: number,
  handle: string,
): SimulatedRow {
  return {
    log: 'enip',
    writtenAt: toSeconds(packet.at),
    row: {
      ...shared(line, packet),
      enip_command_code: COMMANDS[command],
      enip_command: command,
      length,
      session_handle: handle,
      enip_status: 'Success',
      sender_context: '0x0000000000000000',
      options: '0x00000000',
    },
  };
}

/** cip.log: one row for a request or response, and one for each service within a Multiple Service Packet. */
export function cipRows(
  line: Line,
  packet: Packet,
  request: CipRequest,
  sequence: number | undefined,
): readonly SimulatedRow[] {
  return [request, ...(request.parts ?? [])].map((part) => ({
    log: 'cip',
    writtenAt: toSeconds(packet.at),
    row: {
      ...shared(line, packet),
      ...(sequence === undefined ? {} : { cip_sequence_count: sequence }),
      direction: packet.isOrig ? 'request' : 'response',
      cip_service_code: SERVICES[part.service],
      cip_service: part.service,
      ...(packet.isOrig ? pathColumns(part) : { cip_status_code: '0x00', cip_status: 'Success' }),
    },
  }));
}

function pathColumns({ path }: CipRequest) {
  if (path === undefined) return {};
  const { classId, instanceId, attributeId } = path;
  return {
    class_id: classId,
    class_name: className(path),
    instance_id: instanceId,
    ...(attributeId === undefined ? {} : { attribute_id: attributeId }),
  };
}

/** cip_io.log: one row a datagram. */
export function ioRow(
  line: Line,
  packet: Packet,
  connectionId: string,
  sequence: number,
  data: string,
): SimulatedRow {
  return {
    log: 'cip_io',
    writtenAt: toSeconds(packet.at),
    row: {
      ...shared(line, packet),
      connection_id: connectionId,
      sequence_number: sequence,
      data_length: data.length / 2,
      io_data: data,
    },
  };
}

/** cip_identity.log: what a device answers to List Identity. */
export function identityRow(
  line: Line,
  packet: Packet,
  { address, vendor, identity }: Controller,
): SimulatedRow {
  return {
    log: 'cip_identity',
    writtenAt: toSeconds(packet.at),
    row: {
      ...shared(line, packet),
      encapsulation_version: 1,
      socket_address: address,
      socket_port: 44_818,
      vendor_id: 1,
      vendor_name: vendor,
      device_type_id: identity.deviceTypeId,
      device_type_name: identity.deviceTypeName,
      product_code: identity.productCode,
      revision: identity.revision,
      device_status: '0x3060',
      serial_number: `0x${identity.serialNumber.toString(16).padStart(8, '0')}`,
      product_name: identity.productName,
      device_state: '0x0003',
    },
  };
}
